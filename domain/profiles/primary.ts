import { attributesOf } from '../entry.ts'
import { namesOf } from '../name.ts'
import { componentOf, type Enrolment } from '../person.ts'
import { hasEntry, maySignIn, numberFromUid, type Profile, type Site } from '../profile.ts'
import {
  civility,
  enrolmentValue,
  labelled,
  resourceStates,
  stepValue,
  studentIdentifier,
} from '../supann.ts'

const base = 'ou=people,dc=sorbonne-universite,dc=fr'

/** The directory of Sorbonne Université: SupAnn 2021, eduPerson and schac. */
export const primary: Profile = {
  name: 'primary',
  base,
  filter: '(objectClass=supannPerson)',
  objectClasses: ['inetOrgPerson', 'eduPerson', 'supannPerson', 'schacLinkageIdentifiers'],
  managed: [
    'objectClass', 'uid', 'cn', 'sn', 'givenName', 'displayName', 'mail', 'supannAutreMail', 'supannMailPerso', 'supannEtuId',
    'supannCodeINE', 'supannAliasLogin', 'supannCivilite', 'supannOIDCDateDeNaissance', 'supannEtuInscription',
    'supannEtuAnneeInscription', 'supannEtuCursusAnnee', 'supannEtuDiplome', 'supannEtuEtape',
    'supannEtuRegimeInscription', 'supannEtuSecteurDisciplinaire', 'supannEtuTypeDiplome', 'supannEntiteAffectation',
    'supannEntiteAffectationPrincipale', 'supannEtablissement', 'eduPersonAffiliation', 'eduPersonPrimaryAffiliation',
    'eduPersonPrincipalName', 'supannRessourceEtatDate', 'schacPersonalUniqueCode', 'userPassword',
  ], // prettier-ignore
  scheme: 'argon2id',
  verifier: 'readable',
  tellsMailbox: true,
  identify: numberFromUid,
  entry(holder, site) {
    if (!hasEntry(holder)) return null
    const { person } = holder
    const { number } = person
    const names = namesOf(person, site.names)
    const current = holder.enrolments.filter(
      ({ year, state }) => site.rightStates.includes(state) && holder.right.years.includes(year),
    )
    const student = holder.state === 'active' && holder.right.kind !== 'none'
    return {
      id: number,
      dn: `uid=${number},${base}`,
      attributes: attributesOf({
        objectClass: primary.objectClasses,
        uid: [number],
        cn: [names.common || number],
        sn: [names.family || number],
        givenName: [names.given],
        displayName: [names.display || number],
        mail: [holder.mail],
        supannAutreMail: holder.formerMails,
        supannMailPerso: [holder.personalAddress],
        supannEtuId: [number],
        supannCodeINE: [person.ine],
        supannAliasLogin: [number],
        supannCivilite: [civility(person.civility, person.sex)],
        supannOIDCDateDeNaissance: [person.birthDate],
        ...enrolmentAttributes(current, site),
        supannEntiteAffectation: current.map(({ component }) => component),
        supannEntiteAffectationPrincipale: [componentOf(current)?.component],
        supannEtablissement: [labelled('UAI', site.establishment)],
        eduPersonAffiliation: student ? ['student', 'member'] : [],
        eduPersonPrimaryAffiliation: student ? ['student'] : [],
        eduPersonPrincipalName: [`${number}@${site.scope}`],
        supannRessourceEtatDate: resourceStates(holder),
        schacPersonalUniqueCode: [studentIdentifier(person.ine, number, site.scope)],
        userPassword: maySignIn(holder) ? [holder.verifiers[primary.scheme]] : [],
      }),
    }
  },
}

/** supannEtuInscription and its elementary attributes: the distinct values of the composite ones. */
function enrolmentAttributes(
  current: readonly Enrolment[],
  { establishment }: Site,
): Record<string, (string | null)[]> {
  return {
    supannEtuInscription: current.map((enrolment) => enrolmentValue(enrolment, establishment)),
    supannEtuAnneeInscription: current.map(({ year }) => year),
    supannEtuCursusAnnee: current.map(({ cursus }) => labelled('SUPANN', cursus)),
    supannEtuDiplome: current.map(({ diploma }) => labelled(`UAI:${establishment}`, diploma)),
    supannEtuEtape: current.map((enrolment) => stepValue(enrolment, establishment)),
    supannEtuRegimeInscription: current.map(({ regime }) => labelled('SISE', regime)),
    supannEtuSecteurDisciplinaire: current.map(({ sector }) => labelled('SISE', sector)),
    supannEtuTypeDiplome: current.map(({ diplomaType }) => labelled('SISE', diplomaType)),
  }
}
