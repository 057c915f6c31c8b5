/** The little of ldapjs that the tests use; it ships no types. */
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
  const ldapjs: {
    createClient(options: { url: string[] }): Client
    Change: new (options: object) => object
    Attribute: new (options: object) => object
  }
  export default ldapjs
}
