/** Passwords of 1,024 bytes, the most that is taken, each made to cost whoever measures it as much as it can: words that
 *  overlap, letters that stand for others, keyboard walks, dates, what nearly repeats itself, signs of four bytes. */
export const hostile: Readonly<Record<string, string>> = {
  words: filled('motdepasse'),
  'letters that stand for others': filled('p@$$w0rd1!|l3375p34k4@8({[<'),
  'a keyboard walked to and fro': filled('azertyuiopoiuytrezqsdfghjklmlkjhgfdsq'),
  dates: filled('31122006101218151707199801012000'),
  'nearly a repetition': `${'a'.repeat(511)}b${'a'.repeat(512)}`,
  'brackets that never close': filled('((((((((([{<'),
  'signs of four bytes': '🂡🃁🃑🂱'.repeat(64),
  'marks upon marks': filled('e\u0301\u0302'),
  'no order at all': Array.from({ length: 1_024 }, (_, index) =>
    String.fromCharCode(33 + ((index * index * 7_919 + index * 104_729) % 94)),
  ).join(''),
}

/** As often as 1,024 bytes hold it; what is left is filled with one letter. */
function filled(part: string): string {
  const times = Math.floor(1_024 / Buffer.byteLength(part))
  const text = part.repeat(times)
  return text + 'x'.repeat(1_024 - Buffer.byteLength(text))
}
