/** The mark of the product: a card with its margin, and the name. */
export function WordMark() {
  return (
    <span class="word-mark">
      <svg viewBox="0 0 24 18" aria-hidden="true">
        <rect x="0.75" y="0.75" width="22.5" height="16.5" rx="3" />
        <path class="margin" d="M6.5 1v16" />
        <path d="M10 6.5h9M10 11.5h6" />
      </svg>
      Matricule
    </span>
  )
}
