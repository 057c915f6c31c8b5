/** A long address, which may go on to a second line at its own joints and nowhere else. */
export function Breakable({ text }: { text: string }) {
  return (
    <>
      {text.split(/(?=[@.])|(?<=[/-])/).map((part, index) => (
        <span key={index}>
          {index > 0 && <wbr />}
          {part}
        </span>
      ))}
    </>
  )
}
