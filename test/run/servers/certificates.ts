import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { neededPrograms, runProgram } from './program.ts'

/** What a server needs for TLS, and what its clients trust (all PEM). */
export interface Certificates {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

const ofOneRun = [
  '-x509',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:prime256v1',
  '-nodes',
  '-days',
  '30',
]

/** An authority of its own, and a certificate by it for 127.0.0.1, or for what `name` says (`DNS:…`, `IP:…`). */
export async function makeCertificates(name = 'IP:127.0.0.1'): Promise<Certificates> {
  const openssl = neededPrograms('openssl')('openssl')
  await using folder = await mkdtempDisposable(join(tmpdir(), 'matricule-certificates-'))
  const make = (who: string, ...more: string[]) => {
    const files = ['-keyout', `${who}.key`, '-out', `${who}.pem`]
    const args = ['req', ...ofOneRun, '-subj', `/CN=${who} of a test`, ...files, ...more]
    return runProgram(openssl, args, { cwd: folder.path })
  }
  const read = (file: string) => readFile(join(folder.path, file), 'utf8')
  await make('ca')
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key']
  const is = ['-addext', `subjectAltName=${name}`, '-addext', 'basicConstraints=critical,CA:FALSE']
  await make('server', ...by, ...is)
  return { ca: await read('ca.pem'), certificate: await read('server.pem'), key: await read('server.key') }
}
