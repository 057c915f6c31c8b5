import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMailbox } from '../../demo/inbox/mailbox.ts'
import { escape, linked } from '../../demo/inbox/markup.ts'
import { readMessage } from '../../demo/inbox/message.ts'

const letter = async (id: string, size: number) => {
  const message = await readMessage(Buffer.from(`Subject: ${id}\r\n\r\n`), {
    id,
    envelope: { from: 'a@example.fr', to: ['b@example.fr'] },
    received: new Date('2026-09-14T09:30:00Z'),
  })
  return { ...message, Size: size }
}

test('the oldest letters make room, by number and by bytes', async () => {
  const mailbox = createMailbox({ messages: 3, bytes: 100 })
  const ids = () => mailbox.all().map((message) => message.ID)
  for (const id of ['a', 'b', 'c', 'd']) mailbox.add(await letter(id, 10))
  expect(ids()).toEqual(['d', 'c', 'b'])
  mailbox.add(await letter('e', 85))
  expect(ids()).toEqual(['e', 'd'])
  mailbox.add(await letter('f', 500))
  expect(ids()).toEqual(['f'])
})

test('a letter without any header is read all the same', async () => {
  const message = await readMessage(Buffer.from('nothing here'), {
    id: 'x',
    envelope: { from: 'a@example.fr', to: ['b@example.fr'] },
    received: new Date('2026-09-14T09:30:00Z'),
  })
  expect(message).toMatchObject({
    From: { Name: '', Address: 'a@example.fr' },
    To: [],
    Bcc: [{ Name: '', Address: 'b@example.fr' }],
    Subject: '',
    Date: '2026-09-14T09:30:00.000Z',
  })
})

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'https://',
        'a.example/',
        '"',
        "'",
        '<',
        '>',
        '&',
        '&amp;',
        ' ',
        '.',
        ')',
        'javascript:',
        '\n',
      ),
    )
    .map((parts) => parts.join('')),
)

test('no text of a letter can open a tag, leave an attribute or link elsewhere than to http', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const markup = linked(text)
      const bare = markup.replace(
        /<a href="(https?:\/\/[^"<>]*)" rel="noopener noreferrer" target="_blank">\1<\/a>/g,
        (_whole, address: string) => address,
      )
      expect(bare).toBe(escape(text))
      expect(bare).not.toMatch(/[<>"'`]/)
    }),
  )
})

test.each([
  ['Voir https://a.example/x?y=1#/z.', 'https://a.example/x?y=1#/z'],
  ['(https://a.example)', 'https://a.example'],
  ['« http://a.example/ »', 'http://a.example/'],
])('in « %s » the address is %s', (text, address) => {
  expect(/href="([^"]*)"/.exec(linked(text))?.[1]).toBe(address)
})
