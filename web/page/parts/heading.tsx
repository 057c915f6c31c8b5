import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useWords } from '../words.ts'

/** Whether a heading has been shown before: the first one must not take the focus from the skip link. */
let arrived = false

/** The heading of a page or a step. It names the tab, and takes the focus when it appears, so that who does
 *  not see the page hears where they are. */
export function Heading(props: { children: string; position?: string }) {
  const words = useWords()
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    if (arrived) {
      heading.current?.focus({ preventScroll: true })
      scrollTo(0, 0)
    }
    arrived = true
  }, [])
  const title = props.position === undefined ? props.children : `${props.position} – ${props.children}`
  useEffect(() => {
    document.title = `${title} – ${words.university}`
  }, [title, words])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {props.children}
    </h1>
  )
}
