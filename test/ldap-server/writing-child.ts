import { openSync, writeSync } from 'node:fs'
import { makeDirectory, people, student } from './running.ts'

// Adds, changes, renames and deletes without end, and writes to a file what was acknowledged, in lines that the test
// reads: what a file was given outlives its writer, and what a pipe is still to take does not. On standard output it
// says how much there is. It is killed in the middle.
const acknowledged = openSync(process.argv[3] ?? '', 'w')
const directory = makeDirectory({ folder: process.argv[2] ?? null, limits: { logBytes: 20_000 } })
await directory.open()
const { port } = await directory.listen({ host: '127.0.0.1', port: 0 })
const { Client, Attribute, Change } = await import('ldapts')
const client = new Client({ url: `ldap://127.0.0.1:${port}` })
await client.bind('cn=matricule,ou=services,dc=sorbonne-universite,dc=fr', 'demo')

const say = (line: string): void => {
  writeSync(acknowledged, `${line}\n`)
  process.stdout.write('\n')
}
const lane = async (first: number): Promise<void> => {
  for (let number = first; ; number += 4) {
    const name = `uid=${number},${people}`
    await directory.seed(student(String(number), 'Test Person', 'Person'))
    say(`there ${number} Person`)
    const modification = new Attribute({ type: 'sn', values: [`S${number}`] })
    await client.modify(name, new Change({ operation: 'replace', modification }))
    say(`there ${number} S${number}`)
    if (number % 3 === 0) {
      await client.modifyDN(name, `uid=9${number}`)
      say(`moved ${number}`)
    } else if (number % 3 === 1) {
      await client.del(name)
      say(`gone ${number}`)
    }
  }
}
await Promise.all([lane(10_000), lane(10_001), lane(10_002), lane(10_003)])
