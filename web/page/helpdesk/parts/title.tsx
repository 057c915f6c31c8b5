import { useEffect, useRef } from 'preact/hooks'
import { useDeskWords } from '../words.ts'

let arrived = false

/** The heading of a page: names the tab, and takes the focus when one comes to it from another page. */
export function Title(props: { children: string }) {
  const words = useDeskWords()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (arrived) heading.current?.focus({ preventScroll: true })
    arrived = true
  }, [])
  useEffect(() => {
    document.title = `${props.children} – ${words.service}`
  }, [props.children, words])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {props.children}
    </h1>
  )
}
