/** The button that sends a form. While it is busy it keeps the focus and its width; the form itself ignores
 *  a second press. */
export function Submit(props: { busy: boolean; idle: string; sending: string }) {
  return (
    <button type="submit" class="submit" aria-disabled={props.busy}>
      {props.busy && <span class="spinner" aria-hidden="true" />}
      <span aria-live="polite">{props.busy ? props.sending : props.idle}</span>
    </button>
  )
}
