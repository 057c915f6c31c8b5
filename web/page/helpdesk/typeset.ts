/** A French sentence of the server as it is printed: the apostrophe curved, and no line beginning with « : ; ! ? » ». */
export function typeset(sentence: string): string {
  return sentence
    .replaceAll("'", '’')
    .replace(/ ([:;!?»])/g, '\u00a0$1')
    .replaceAll('« ', '«\u00a0')
}
