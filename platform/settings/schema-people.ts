import { z } from 'zod'
import { group, key } from './group.ts'
import { count, hostname, instant, monthDay, name, path, secretUrl, text, year } from './parts.ts'
import { verifierSchemes } from '../verifier.ts'

/** The rules: years and rights, letters, addresses, keys, passwords. */
export const peopleSettings = {
  year: group('University years.', {
    open: key(
      z.array(year).min(1, 'must name a year').max(10).nullable().default(null),
      'Years that are open, whatever the source says; absent: those of the source.',
    ),
    close_on: key(monthDay.default('08-31'), 'Last day on which a year stays open for us (MM-DD).'),
    grace_until: key(monthDay.default('11-30'), 'Last day of grace after it (MM-DD).'),
    reset_in_grace: key(z.boolean().default(false), 'Whether a password can be reset during grace.'),
    warn_days: key(
      z.array(count(1, 365)).max(10).default([30, 10]),
      'Days before the end of grace on which a warning letter leaves.',
    ),
    first: key(z.boolean().default(false), 'Accept a source without the year before: the first year of all.'),
  }).prefault({}),
  right: group('Who has a right to an account.', {
    states: key(
      z
        .array(z.string().regex(/^[A-Z]$/, 'must be one capital letter'))
        .min(1, 'must name a state')
        .max(26)
        .default(['E']),
      'States of an enrolment (ETA_IAE) that give a right.',
    ),
  }).prefault({}),
  leave: group('What happens after the end of a right, in days since that end.', {
    suspend_after: key(count(0, 3_650).default(0), 'Days until the account is suspended.'),
    close_after: key(count(0, 3_650).default(90), 'Days until it is closed.'),
    purge_after: key(count(0, 36_500).default(365), 'Days until it is purged.'),
  }).prefault({}),
  letters: group('Letters to personal addresses.', {
    send_at: key(
      z
        .string()
        .regex(/^(now|([01]\d|2[0-3]):[0-5]\d)$/, 'must be a time such as "07:00", or now')
        .default('07:00'),
      'Time of day (Europe/Paris) at which invitations leave, or now.',
    ),
    smtp_url: key(
      secretUrl('smtp', 'smtps').nullable().default(null),
      'Mail server, such as smtps://user:password@smtp.example.org.',
    ),
    tls: key(
      z.enum(['auto', 'none']).default('auto'),
      'auto: the mail server must encrypt, unless on loopback; none: letters, and keys in them, travel in clear.',
    ),
    per_minute: key(count(1, 1_000_000).default(600), 'Most letters sent in a minute.'),
    since: key(
      instant.nullable().default(null),
      'No letter for facts earlier than this instant; needed outside the demonstration.',
    ),
    mode: key(z.enum(['send', 'observe']).default('send'), 'observe writes letters and never sends them.'),
    templates: key(path.nullable().default(null), 'Folder of texts that replace those of the house.'),
    sender: key(
      z.email('must be an address').default('no_reply@sorbonne-universite.fr'),
      'Sender of every letter.',
    ),
    retry_hours: key(
      count(1, 168).default(24),
      'Hours during which a letter refused for a time is tried again.',
    ),
    remind_days: key(
      z.array(count(1, 365)).max(10).default([7, 30]),
      'Days after the letter with the key on which whoever has not used it is reminded; empty: never.',
    ),
    lists_on: key(
      z
        .enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday', 'never'])
        .default('monday'),
      'Day on which each faculty with an e-mail address and composantes is sent its addresses to correct.',
    ),
    connect_timeout_seconds: key(
      count(1, 120).default(10),
      'Longest until the mail server has greeted and the connection is encrypted.',
    ),
    timeout_seconds: key(
      count(5, 600).default(60),
      'Longest that handing over one letter may take; where the server has it by then, it gets it again.',
    ),
    bounces: group('Letters that come back, read from a mailbox.', {
      url: key(
        secretUrl('imap', 'imaps').nullable().default(null),
        'Mailbox in which delivery reports arrive, such as imaps://user:password@imap.example.org; absent: none is read.',
      ),
      tls: key(
        z.enum(['auto', 'none']).default('auto'),
        'auto: the server must encrypt, unless on loopback; none: the password travels in clear.',
      ),
      folder: key(name.default('INBOX'), 'Folder that reports arrive in.'),
      handled: key(name.default('Matricule'), 'Folder that a report is moved to once it is recorded.'),
      set_aside: key(
        name.default('Matricule-set-aside'),
        'Folder for whatever is no report of one of our letters, for a person to look at.',
      ),
      interval_seconds: key(count(5, 86_400).default(60), 'Seconds between two looks at the mailbox.'),
      timeout_seconds: key(count(10, 3_600).default(120), 'Longest that one look may take.'),
      return_path: key(
        z
          .string()
          .max(320)
          .refine((value) => z.email().safeParse(value.replace('{letter}', 'letter')).success, {
            error: 'must be an address, in which {letter} may stand',
          })
          .nullable()
          .default(null),
        'Envelope sender of letters, such as retours+{letter}@example.org; absent: letters.sender.',
      ),
    }).prefault({}),
  }).prefault({}),
  address: group('Institutional addresses.', {
    domain: key(hostname.default('etu.sorbonne-universite.fr'), 'Domain of the addresses given to students.'),
    own_domains: key(
      z
        .array(hostname)
        .max(100)
        .default([
          'etu.sorbonne-universite.fr',
          'sorbonne-universite.fr',
          'upmc.fr',
          'etu.upmc.fr',
          'paris-sorbonne.fr',
        ]),
      'Domains that are never personal addresses; address.domain always is one of them.',
    ),
    word_separator: key(z.enum(['_', '-']).default('_'), 'What joins the words of a compound name.'),
    homonym: key(
      z.enum(['dotted', 'joined']).default('dotted'),
      'nom.1 (dotted) or nom1 (joined) for the second of a name.',
    ),
    reserved: key(path.nullable().default(null), 'File of addresses that no student may get, one a line.'),
    name: key(z.enum(['usage', 'birth']).default('usage'), 'Which family name stands in the address.'),
  }).prefault({}),
  establishment: group('What the directories say of the university itself.', {
    uai: key(
      z
        .string()
        .regex(/^[0-9]{7}[A-Z]$/, 'must be seven digits and a letter')
        .default('0755890V'),
      'Its UAI code.',
    ),
    scope: key(
      hostname.default('sorbonne-universite.fr'),
      'Domain after the @ in eduPersonPrincipalName, and in student identifiers without INE.',
    ),
  }).prefault({}),
  keys: group('Activation keys and the key ring.', {
    master_file: key(path.nullable().default(null), 'File of the key ring; absent: keys.json in the home.'),
    out_path: key(
      path.nullable().default(null),
      'File to which activation keys are published after each pass; absent: none.',
    ),
    source: key(
      z.enum(['own', 'file', 'database']).default('own'),
      'Who makes activation keys: own (this house), or Apogée, by a file or by a view of the source database.',
    ),
    source_path: key(
      path.nullable().default(null),
      'File COD_ETU;CLE of the keys that Apogée supplies, with keys.source file.',
    ),
    source_view: key(
      z
        .string()
        .regex(
          /^[A-Za-z_][A-Za-z0-9_$#]{0,127}(\.[A-Za-z_][A-Za-z0-9_$#]{0,127})?$/,
          'must be the name of a view',
        )
        .default('CLE_ACTIVATION'),
      'View with COD_ETU and CLE in the source database, with keys.source database.',
    ),
    source_shortest: key(
      count(6, 64).default(8),
      'Fewest letters and digits of a supplied key; a shorter one is not taken.',
    ),
  }).prefault({}),
  activation: group('Taking possession of an account.', {
    ask_birth_date: key(z.boolean().default(false), 'Whether activation asks the birth date too.'),
  }).prefault({}),
  certificate: group('The enrolment certificate.', {
    keys_path: key(
      path.nullable().default(null),
      'File to which the keys that it prints are published after each pass; absent: none.',
    ),
    print_key: key(
      z.boolean().default(true),
      'Whether it prints the key of students without a usable address.',
    ),
  }).prefault({}),
  passwords: group('Passwords and their verifiers.', {
    schemes: key(
      z
        .array(z.enum(verifierSchemes))
        .min(1, 'must name a scheme')
        .max(verifierSchemes.length)
        .default([...verifierSchemes]),
      'Hash schemes computed when a password is chosen; ssha512 and ssha are weak and serve older directories.',
    ),
    argon2: group('Costs of argon2id; they bound how many people can sign in at once.', {
      memory_kib: key(count(8_192, 262_144).default(19_456), 'Memory of one computation, in KiB.'),
      passes: key(count(1, 10).default(2), 'Passes over that memory.'),
      lanes: key(count(1, 16).default(1), 'Lanes computed beside each other.'),
    }).prefault({}),
    concurrency: key(
      count(1, 256).nullable().default(null),
      'Hash computations at once; absent: one per core.',
    ),
    gathered: key(
      count(1, 32).default(32),
      'Students at most whose tries, or new passwords, are written to the registry together; 1: each alone.',
    ),
    gather_milliseconds: key(
      count(0, 1_000).default(50),
      'How long they wait for each other, and only while passwords wait to be hashed.',
    ),
  }).prefault({}),
  login: group('The login hour.', {
    peak_per_second: key(
      count(1, 100_000).default(20),
      'Sign-ins per second to be ready for; doctor --write wants three times as many of each directory.',
    ),
  }).prefault({}),
  reset: group('Resetting a password.', {
    lifetime_hours: key(count(1, 168).default(12), 'Hours for which a link is valid.'),
  }).prefault({}),
  progress: group('The progress page.', {
    lifetime_days: key(count(1, 90).default(7), 'Days for which it can be seen.'),
  }).prefault({}),
  contacts: key(
    z
      .array(
        group('A contact.', {
          name_fr: key(name, 'Its name in French.'),
          name_en: key(name, 'Its name in English.'),
          contact: key(name, 'Address or web page.'),
        }),
      )
      .max(100)
      .nullable()
      .default(null),
    'Contacts that the page and the letters show; absent: those of the faculties.',
  ),
  faculties: key(
    z
      .array(
        group('A faculty.', {
          id: key(
            z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a word in lower case'),
            'Its name for us.',
          ),
          name_fr: key(name, 'Its name in French.'),
          name_en: key(name, 'Its name in English.'),
          contact: key(name, 'Address or web page of its support.'),
          components: key(
            z.array(z.string().min(1).max(20)).max(1_000).default([]),
            'Codes of its composantes (COD_CMP).',
          ),
          letter_fr: key(text.default(''), 'A sentence added to its letters, in French.'),
          letter_en: key(text.default(''), 'The same in English.'),
        }),
      )
      .max(100)
      .default([
        faculty(
          'lettres',
          'Faculté des Lettres',
          'Faculty of Arts and Humanities',
          'Lettres-SOFAS-APOGEE@sorbonne-universite.fr',
          {
            letter_fr:
              'Un formulaire de contact est à votre disposition : https://etu-lettres-sos-ent.paris-sorbonne.fr',
            letter_en: 'A contact form is there for you: https://etu-lettres-sos-ent.paris-sorbonne.fr',
          },
        ),
        faculty(
          'medecine',
          'Faculté de Médecine',
          'Faculty of Medicine',
          'Medecine-CANUP@sorbonne-universite.fr',
        ),
        faculty(
          'sciences',
          'Faculté des Sciences et Ingénierie',
          'Faculty of Science and Engineering',
          'https://projets-si.upmc.fr/redmine/projects/caspter-escolarite',
        ),
        faculty(
          'doctorat',
          'Institut de Formation Doctorale',
          'Institute of Doctoral Education',
          'https://hotline.sorbonne-universite.fr',
        ),
      ]),
    'The faculties, which composantes they hold and whom their students ask.',
  ),
} as const

/** The contacts at the end of the university's guide (2021), which gives no codes of composantes. */
function faculty(
  id: string,
  name_fr: string,
  name_en: string,
  contact: string,
  letter = { letter_fr: '', letter_en: '' },
) {
  return { id, name_fr, name_en, contact, components: [], ...letter }
}
