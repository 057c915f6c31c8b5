import type { History } from '../../registry/explanation.ts'

/** One thing that happened to a student, as a helpdesk agent reads it. */
export interface Moment {
  /** ISO 8601, UTC. */
  readonly at: string
  /** In French. */
  readonly what: string
}

const acts: Readonly<Record<string, string>> = {
  invited: 'premier droit : le compte peut être activé',
  adopted: 'compte existant repris',
  activated: 'compte activé par l’étudiant',
  suspended: 'compte suspendu, faute de droit',
  reinstated: 'compte rétabli, avec le même mot de passe',
  closed: 'compte fermé',
  purged: 'compte effacé ; identifiant et adresse ne sont à personne d’autre',
  'key-issued': 'clef d’activation créée',
  'verifiers-destroyed': 'ancien mot de passe détruit',
  'password-reset': 'mot de passe changé par l’étudiant',
  'read-again': 'dossier relu dans Apogée, à la demande',
  locked: 'compte verrouillé',
  unlocked: 'compte déverrouillé',
  'address-changed': 'nouvelle adresse institutionnelle, l’ancienne restant un alias',
  'key-revealed': 'clef communiquée par la cellule support',
  'key-replaced': 'clef remplacée par la cellule support',
  'letter-bounced': 'courriel revenu de la messagerie de l’étudiant',
  'letter-resent': 'courriel renvoyé par la cellule support',
  'reset-offered': 'lien de changement de mot de passe demandé par la cellule support',
}

const letters: Readonly<Record<string, string>> = {
  invitation: 'clef d’activation',
  reminder: 'rappel avec la clef',
  reset: 'lien de changement de mot de passe',
  'activation-received': 'activation reçue',
  'account-ready': 'compte prêt',
  'address-changed': 'nouvelle adresse institutionnelle',
  'password-changed': 'mot de passe changé',
  'address-shared': 'adresse partagée',
  'reset-not-activated': 'pas de lien : compte à activer d’abord',
  'reset-no-right': 'pas de lien : pas d’inscription',
  'closing-soon': 'fermeture prochaine',
  locked: 'compte verrouillé',
  'key-revealed': 'clef communiquée',
}

const fates: Readonly<Record<string, string>> = {
  due: 'doit partir',
  retrying: 'réessayé',
  withheld: 'retenu',
  cancelled: 'annulé',
  refused: 'refusé',
  bounced: 'revenu',
}

const reasons: Readonly<Record<string, string>> = {
  BOUNCED: 'sans motif',
  LETTER_REFUSED: 'refusé par la messagerie',
  LETTER_UNDELIVERED: 'la messagerie n’a pas répondu',
  LOCKED: 'compte verrouillé',
  NOT_ENTITLED: 'n’y a plus droit',
  NO_ADDRESS: 'sans adresse utilisable',
  TOKEN_VOID: 'remplacé ou annulé',
  TOO_LATE: 'trop tard',
}

function fateOf({ state, sent_at, reason }: History['letters'][number]): string {
  const fate =
    sent_at === null ? (fates[state] ?? state) : state === 'bounced' ? 'parti, puis revenu' : 'parti'
  return reason === null ? fate : `${fate} (${reasons[reason] ?? reason})`
}

/** What happened to a student, oldest first: the record, acts, letters that left or could not, promises. */
export function timelineOf(history: History): Moment[] {
  const moments = [
    { at: history.person.first_seen_at, what: 'dossier vu pour la première fois dans Apogée' },
    ...(history.person.missing_since
      ? [{ at: history.person.missing_since, what: 'dossier absent d’Apogée' }]
      : []),
    ...(history.person.vanished_at
      ? [{ at: history.person.vanished_at, what: 'fin du droit confirmée' }]
      : []),
    ...history.acts.map(({ at, action }) => ({ at, what: acts[action] ?? action })),
    ...history.letters.map((letter) => ({
      at: letter.sent_at ?? letter.due_at,
      what: `courriel « ${letters[letter.kind] ?? letter.kind} » : ${fateOf(letter)}`,
    })),
    ...history.resets.flatMap(({ used_at }) => (used_at ? [{ at: used_at, what: 'lien utilisé' }] : [])),
    ...history.promises.flatMap(({ kind, target, kept }) =>
      kept && target !== null
        ? [{ at: kept, what: `${kind === 'account' ? 'compte' : 'mot de passe'} en place : ${target}` }]
        : [],
    ),
  ]
  return moments
    .sort((one, other) => one.at.getTime() - other.at.getTime())
    .map(({ at, what }) => ({ at: at.toISOString(), what }))
}
