import { Agent, request } from 'node:http'

/** One of the pages that the rivals run to, with connections that are kept between two races. */
export interface Door extends Disposable {
  /** What the API answers to a body. */
  post(path: string, body: object): Promise<{ status: number; body: string }>
}

/** @param most connections at once */
export function openDoor(port: number, most: number): Door {
  const agent = new Agent({ keepAlive: true, maxSockets: most, maxFreeSockets: most })
  return {
    post: (path, body) =>
      new Promise((resolve, reject) => {
        const text = JSON.stringify(body)
        const asked = request(
          {
            agent,
            host: '127.0.0.1',
            port,
            method: 'POST',
            path: `/creation-motdepasse/api${path}`,
            headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
          },
          (answer) => {
            let said = ''
            answer.setEncoding('utf8')
            answer.on('data', (chunk: string) => (said += chunk))
            answer.on('error', reject)
            answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: said }))
          },
        )
        asked.on('error', reject)
        asked.end(text)
      }),
    [Symbol.dispose]: () => agent.destroy(),
  }
}
