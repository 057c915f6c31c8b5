import { keyLength } from '../activation-key.ts'
import { useWords } from '../words.ts'

/** A drawing of the student card, on which the number appears as it is typed and the key as dots: it shows
 *  where to look, and says nothing that the form does not say. */
export function CardPicture(props: { number: string; keyTyped: number }) {
  const { card, university } = useWords()
  const digits = props.number.slice(0, 8)
  return (
    <div class="card picture" aria-hidden="true">
      <p class="card-top">
        <strong>{university}</strong>
        <span>{card.title}</span>
      </p>
      <p class="card-label">{card.number}</p>
      <p class="card-number">
        {Array.from({ length: 8 }, (_, index) => (
          <span key={index} class={index < digits.length ? 'sign inked' : 'sign'}>
            {digits[index] ?? ''}
          </span>
        ))}
      </p>
      <p class="card-label">{card.key}</p>
      <p class="card-key">
        {Array.from({ length: keyLength }, (_, index) => (
          <span key={index} class={index < props.keyTyped ? 'sign inked' : 'sign'} />
        ))}
      </p>
    </div>
  )
}
