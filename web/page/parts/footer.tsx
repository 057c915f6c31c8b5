import { addresses } from '../route.ts'
import { useWords } from '../words.ts'
import { WordMark } from './word-mark.tsx'

/** The way to every page, from every page. */
export function Footer() {
  const words = useWords()
  return (
    <footer class="footer">
      <div class="footer-inner">
        <nav aria-label={words.menu.label}>
          <ul>
            <li>
              <a href={addresses.activation}>{words.menu.activation}</a>
            </li>
            <li>
              <a href={addresses.resetRequest}>{words.menu.reset}</a>
            </li>
            <li>
              <a href={addresses.help}>{words.menu.help}</a>
            </li>
            <li>
              <a href={addresses.accessibility}>{words.menu.accessibility}</a>
            </li>
          </ul>
        </nav>
        <p class="made-with">
          {words.madeWith} <WordMark />
        </p>
      </div>
    </footer>
  )
}
