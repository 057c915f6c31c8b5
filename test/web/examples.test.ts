import { expect, test } from 'vitest'
import { api, appOver } from './app-fixture.ts'

interface Described {
  paths: Record<string, Record<string, { requestBody?: Content; responses: Record<string, Content> }>>
}
interface Content {
  content: { 'application/json'?: { example?: object; schema: { examples?: object[] } } }
}

test('each example of a request is taken as it stands, and each example of an answer has what the answer has', async () => {
  await using page = await appOver()
  const { paths } = (await page.app.inject({ url: `${api}/openapi.json` })).json<Described>()
  let calls = 0
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { requestBody, responses }] of Object.entries(methods)) {
      const given = requestBody?.content['application/json']?.example
      if (method === 'post') expect(given, path).toBeDefined()
      const answer = await page.app.inject({
        method: method.toUpperCase() as 'GET' | 'POST',
        url: path.replace('{id}', 'h2Jk9sPqW4'),
        ...(given === undefined ? {} : { payload: given }),
      })
      expect(answer.statusCode, path).toBeLessThan(300)
      const told = responses[answer.statusCode]?.content['application/json']
      const example = told?.example ?? told?.schema.examples?.[0]
      expect(formOf(example), path).toEqual(formOf(answer.json<object>()))
      calls++
    }
  expect(calls).toBe(8)
})

/** Names and kinds, at the first depth; null and a text stand for the same where there may be none. */
function formOf(value: object | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([name, each]) => [
      name,
      each === null ? 'string' : Array.isArray(each) ? 'array' : typeof each,
    ]),
  )
}
