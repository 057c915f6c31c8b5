import type { ComponentChildren, InputHTMLAttributes } from 'preact'

/** A labelled field with its hint and its error. `beside` stands at the end of the label's line. */
export function Field(props: {
  id: string
  label: string
  hint: string
  error: string | null
  beside?: ComponentChildren
  input: InputHTMLAttributes
}) {
  const { id, error } = props
  return (
    <div class={error === null ? 'field' : 'field wrong'}>
      <div class="field-top">
        <label for={id}>{props.label}</label>
        {props.beside}
      </div>
      <p class="hint" id={`${id}-hint`}>
        {props.hint}
      </p>
      <input
        {...props.input}
        id={id}
        aria-describedby={error === null ? `${id}-hint` : `${id}-error ${id}-hint`}
        aria-invalid={error === null ? undefined : true}
      />
      {error !== null && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}
