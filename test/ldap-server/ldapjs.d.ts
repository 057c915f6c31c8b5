/** The little of ldapjs that the tests and the benchmark use; it ships no types. */
declare module 'ldapjs' {
  type Answer = (error: Error | null) => void
  interface Found {
    on(event: 'searchEntry', act: (entry: { objectName: unknown }) => void): void
    on(event: 'error', act: (error: Error) => void): void
    on(event: 'end', act: () => void): void
  }
  interface Client {
    bind(name: string, password: string, answer: Answer): void
    search(base: string, options: object, answer: (error: Error | null, found: Found) => void): void
    modify(name: string, change: object, answer: Answer): void
    del(name: string, answer: Answer): void
    unbind(answer: Answer): void
  }
  interface Request {
    dn: { toString(): string }
    credentials: string
    connection: { setNoDelay(on: boolean): void }
    filter: {
      type: string
      attribute?: string
      value?: string
      matches(attributes: Record<string, string[]>): boolean
    }
    changes: { modification: { type: string; values: string[] } }[]
    attributes: { type: string; values: string[] }[]
  }
  interface Response {
    send(entry: { dn: string; attributes: Record<string, string[]> }): void
    end(): void
  }
  type Handler = (request: Request, response: Response, next: (error?: Error) => void) => void
  interface Server {
    on(event: 'error', act: (error: Error) => void): void
    bind(base: string, handler: Handler): void
    search(base: string, handler: Handler): void
    add(base: string, handler: Handler): void
    modify(base: string, handler: Handler): void
    listen(port: number, host: string, done: () => void): void
    address(): { port: number }
  }
  const ldapjs: {
    createServer(): Server
    InvalidCredentialsError: new () => Error
    createClient(options: { url: string[] }): Client
    Change: new (options: object) => object
    Attribute: new (options: object) => object
  }
  export default ldapjs
}
