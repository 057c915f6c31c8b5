import type { AccountState } from './account.ts'
import { faultInWords, type AddressFault, type AddressState } from './address.ts'
import type { KeyState } from './key.ts'
import type { Right } from './right.ts'
import type { KeyFault } from './supplied-key.ts'

/** All that a helpdesk sentence is made from. */
export interface Situation {
  readonly right: Right
  readonly state: AccountState
  readonly locked: boolean
  readonly address: AddressState
  /** What is wrong with an address that cannot be written to. */
  readonly fault: AddressFault | null
  readonly key: KeyState | 'none'
  /** Why the key that Apogée supplies was not taken; null where keys are made here, or it was. */
  readonly keyFault: KeyFault | null
  /** Activation asks the birth date, and the record has none (setting `activation.ask_birth_date`). */
  readonly birthDateMissing: boolean
  /** What of this student waits for a person's approval. */
  readonly held: 'losses' | 'removals' | 'vanished' | null
  /** The newest invitation. */
  readonly invitation: 'due' | 'withheld' | 'sent' | 'retrying' | 'bounced' | 'refused' | 'cancelled' | null
  /** Directories in which the account is not yet what it must be. */
  readonly late: readonly string[]
}

/** One sentence, in French, for the helpdesk to read aloud: where the student stands, and who must act next. */
export function why(situation: Situation): string {
  const { right, state, locked, address, fault, key, invitation, held } = situation
  if (locked)
    return "Le compte est verrouillé pour raison de sécurité : la cellule sécurité doit le déverrouiller, puis l'étudiant choisira un nouveau mot de passe."
  if (held !== null) return waiting[held]
  if (right.kind === 'none')
    return `${noRight(right, state)} la scolarité de la faculté doit vérifier l'inscription.`
  if (address === 'shared') {
    return "Plusieurs dossiers portent la même adresse personnelle : l'étudiant doit fournir une adresse à lui seul, et sa scolarité la saisir dans Apogée ; tout repart alors de soi-même."
  }
  if (state === 'active') return active(situation)
  if (right.kind === 'grace')
    return "L'année est terminée et le compte n'a pas été activé : il faut une nouvelle inscription pour l'activer."
  if (situation.keyFault !== null) return keyTrouble[situation.keyFault]
  if (situation.birthDateMissing)
    return "La date de naissance, demandée pour activer le compte, n'est pas dans le dossier : la scolarité de la faculté doit la saisir dans Apogée."
  if (key === 'none')
    return "L'inscription vient d'être reçue : la clef d'activation est en préparation, il n'y a rien à faire."
  if (address !== 'usable') {
    return `${addressTrouble(address, fault)} : l'étudiant peut activer son compte avec la clef de sa carte ou de son certificat, et sa scolarité peut ajouter une adresse personnelle dans Apogée.`
  }
  if (invitation === 'sent')
    return "La clef d'activation a été envoyée à l'adresse personnelle : l'étudiant doit l'utiliser sur la page d'activation, ou la demander à la cellule support après vérification de son identité."
  if (invitation === 'refused' || invitation === 'bounced') {
    return "Le courriel de la clef d'activation a été refusé par la messagerie de l'étudiant : sa scolarité doit corriger l'adresse, et la cellule support peut communiquer la clef après vérification d'identité."
  }
  if (invitation === 'retrying')
    return "La messagerie de l'étudiant ne répond pas pour le moment : l'envoi de la clef d'activation est réessayé automatiquement."
  return "La clef d'activation part par courriel le lendemain matin de l'inscription : l'étudiant doit l'attendre, ou la demander à la cellule support après vérification de son identité."
}

const waiting: Readonly<Record<NonNullable<Situation['held']>, string>> = {
  losses:
    "Apogée ne donne plus de droit à ce dossier, en même temps qu'à beaucoup d'autres : l'équipe informatique doit le confirmer, et d'ici là rien n'est retiré à l'étudiant.",
  vanished:
    "Le dossier n'apparaît plus dans Apogée depuis un moment : l'équipe informatique doit confirmer la fin du droit avec la scolarité, et d'ici là rien n'est retiré à l'étudiant.",
  removals:
    "La fermeture du compte, en même temps que beaucoup d'autres, attend l'accord de l'équipe informatique : d'ici là le compte reste comme il est.",
}

const keyTrouble: Readonly<Record<KeyFault, string>> = {
  missing:
    "Apogée n'a pas encore fourni de clef d'activation pour cet étudiant : l'équipe informatique doit la demander, et le courriel partira de lui-même ensuite.",
  malformed:
    "La clef d'activation fournie par Apogée n'a pas la forme d'une clef : l'équipe informatique doit la faire corriger, et le courriel partira de lui-même ensuite.",
  collision:
    "La clef d'activation fournie par Apogée est aussi celle d'un autre étudiant, ou n'est pas la seule : l'équipe informatique doit la faire corriger, et le courriel partira de lui-même ensuite.",
  used: "La clef d'activation fournie par Apogée a déjà servi : l'équipe informatique doit en demander une nouvelle, et le courriel partira de lui-même ensuite.",
}

function noRight({ reason }: Right, state: AccountState): string {
  const account = state === 'suspended' || state === 'closed' ? ' et le compte est suspendu' : ''
  switch (reason) {
    case 'CANCELLED':
      return `L'inscription de cette année est annulée${account} :`
    case 'TERMINATED':
      return `L'inscription de cette année est résiliée${account} :`
    case 'IN_CREATION':
      return `L'inscription de cette année est encore en cours de création${account} :`
    case 'MERGED':
      return `Ce numéro fait double emploi avec un autre du même étudiant, qui seul compte désormais${account} :`
    case 'VANISHED':
      return `Le dossier n'apparaît plus dans Apogée et la fin du droit a été confirmée${account} :`
    case 'YEAR_OVER':
      return `Il n'y a pas d'inscription cette année${account} :`
    default:
      return "Aucune inscription n'est connue :"
  }
}

function active({ right, address, fault, late }: Situation): string {
  if (late.length > 0)
    return `Le compte est activé mais n'est pas encore à jour dans ${late.join(', ')} : c'est en cours, l'équipe informatique intervient si cela dure.`
  if (right.kind === 'grace')
    return 'Le compte fonctionne encore pendant la période de sursis : sans nouvelle inscription il sera suspendu, et le mot de passe ne peut plus être réinitialisé.'
  if (address !== 'usable')
    return `Le compte est actif ; ${lowerFirst(addressTrouble(address, fault))} : la réinitialisation du mot de passe demande que la scolarité en saisisse une dans Apogée.`
  return "Le compte est actif partout : l'étudiant se connecte avec son numéro, ou demande un nouveau mot de passe avec son adresse personnelle."
}

function addressTrouble(address: AddressState, fault: AddressFault | null): string {
  if (address === 'missing') return "Aucune adresse personnelle n'est dans le dossier"
  if (address === 'institutional')
    return "L'adresse du dossier est une adresse de l'université, pas une adresse personnelle"
  const what = fault === null ? '' : ` (${faultInWords(fault)})`
  return `L'adresse personnelle du dossier est mal formée${what}`
}

function lowerFirst(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1)
}
