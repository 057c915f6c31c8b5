import { minutesOf } from '../when.ts'
import { accessibilityFr } from './accessibility-fr.ts'
import { failuresFr } from './failures-fr.ts'
import type { Texts } from './texts.ts'

/** French, the first language of the page. A no-break space stands before « : ; ! ? ». */
export const fr: Texts = {
  university: 'Sorbonne Université',
  service: 'Votre identité numérique',
  skip: 'Aller au contenu',
  languages: 'Langue de la page',
  madeWith: 'Service propulsé par',
  menu: {
    label: 'Pages du service',
    activation: 'Activer mon compte',
    reset: 'Mot de passe oublié',
    help: 'Aide et contacts',
    accessibility: 'Accessibilité : non conforme',
  },
  steps: {
    label: 'Étapes',
    position: (now, of) => `Étape ${now} sur ${of}`,
    names: ['Votre clef', 'Mot de passe', 'C’est prêt'],
  },
  card: {
    title: 'Carte d’étudiant',
    number: 'Numéro d’étudiant',
    key: 'Clef d’activation',
    login: 'Identifiant',
    address: 'Adresse électronique',
    activated: 'Activé',
  },
  key: {
    title: 'Activez votre compte',
    lead: 'Munissez-vous de votre numéro d’étudiant et de votre clef d’activation. Comptez deux minutes.',
    number: 'Numéro d’étudiant',
    numberHint: '7 ou 8 chiffres',
    numberMissing: 'Indiquez votre numéro d’étudiant.',
    numberInvalid: 'Le numéro d’étudiant compte 7 ou 8 chiffres, sans lettre.',
    key: 'Clef d’activation (ou code temporaire)',
    keyHint: '12 lettres et chiffres ; majuscules, espaces et tirets sans importance',
    keyMissing: 'Indiquez votre clef d’activation.',
    keyCount: (typed, of) => `${typed} sur ${of}`,
    birthDate: 'Date de naissance',
    birthDateHint: 'Jour, mois, année, par exemple 31/12/2006',
    birthDateMissing: 'Indiquez votre date de naissance.',
    birthDateInvalid: 'Cette date n’existe pas ou n’est pas complète. Exemple : 31/12/2006',
    birthDateRefused: 'Votre date de naissance doit être, elle aussi, celle de votre dossier d’inscription.',
    submit: 'Continuer',
    sending: 'Vérification…',
    already: 'Votre compte est déjà activé ?',
    forgotten: 'Choisir un nouveau mot de passe',
    whereTitle: 'Où les trouver ?',
    where: [
      'Dans le courriel « Activation de votre compte », reçu sur votre adresse personnelle le lendemain matin de l’inscription.',
      'Sur votre carte d’étudiant, une fois imprimée.',
      'Rien de tout cela ? Votre faculté peut vous la donner, après avoir vérifié votre identité.',
    ],
  },
  password: {
    title: 'Choisissez votre mot de passe',
    lead: 'Il ouvrira votre messagerie, l’ENT et tous les services de l’université.',
    label: 'Nouveau mot de passe',
    rule: '15 caractères ou plus. Une phrase que vous seul connaissez convient très bien : espaces et accents sont permis, rien n’oblige à mêler majuscules, chiffres et signes.',
    reveal: 'Afficher',
    hide: 'Masquer',
    revealed: 'Le mot de passe est affiché.',
    missing: 'Choisissez un mot de passe.',
    notYet: 'Ce mot de passe ne convient pas encore ; les raisons sont sous le champ.',
    meter: 'Solidité :',
    judging: 'évaluation…',
    unjudged: 'La solidité n’a pas pu être évaluée. Vous pouvez continuer : elle le sera à l’envoi.',
    accepted: 'Ce mot de passe convient.',
    scores: ['très faible', 'faible', 'moyenne', 'bonne', 'très bonne'],
    reasons: {
      TOO_SHORT: 'Trop court : ajoutez un ou deux mots.',
      TOO_LONG: 'Trop long : raccourcissez-le un peu.',
      COMMON: 'Trop courant : il figure parmi les premiers que l’on essaie.',
      GUESSABLE: 'Trop facile à deviner : évitez suites, répétitions et phrases connues.',
      OWN_DATA: 'Il contient votre nom, votre numéro ou une autre donnée qui vous désigne.',
      NOT_TEXT: 'Il contient un signe qui n’est pas du texte.',
    },
    count: (typed) => (typed < 2 ? `${typed} caractère` : `${typed} caractères`),
    submitActivation: 'Activer mon compte',
    submitReset: 'Enregistrer ce mot de passe',
    sending: 'Enregistrement…',
    back: 'Revenir à la clef',
  },
  done: {
    title: 'Votre compte est activé',
    lead: 'Voici votre identifiant et votre adresse à l’université, à conserver.',
    noAddressTitle: 'Aucune adresse personnelle dans votre dossier',
    noAddress: [
      'Sans elle, vous ne pourrez pas choisir un nouveau mot de passe si vous oubliez celui-ci.',
      'Demandez à votre service de scolarité d’en ajouter une à votre dossier : une adresse qui n’est qu’à vous, et qui n’est pas celle de l’université.',
    ],
    letters: (address) => `Un courriel de confirmation part à ${address}.`,
  },
  resetRequest: {
    title: 'Choisir un nouveau mot de passe',
    lead: 'Nous vous enverrons un lien, même si vous ne connaissez plus l’ancien mot de passe.',
    email: 'Votre adresse électronique personnelle',
    emailHint: 'Celle de votre dossier d’inscription, et non celle de l’université',
    missing: 'Indiquez votre adresse électronique personnelle.',
    invalid: 'Cette adresse n’est pas complète. Exemple : prenom@exemple.fr',
    submit: 'Recevoir le lien',
    sending: 'Envoi…',
    sentTitle: 'Regardez votre boîte aux lettres',
    sent: (address) =>
      `Si l’adresse ${address} est celle de votre dossier, vous recevrez un lien d’ici quelques minutes. Il est valable 12 heures et ne sert qu’une fois.`,
    nothingTitle: 'Rien n’arrive ?',
    nothing: [
      'Regardez dans les courriers indésirables.',
      'Vérifiez que c’est bien l’adresse donnée à l’inscription. Si elle a changé, ou s’il n’y en a pas dans votre dossier, votre service de scolarité peut la corriger.',
      'Si un proche étudiant a donné la même adresse, aucun lien ne peut partir : demandez à votre service d’inscription d’en saisir une qui ne soit qu’à vous.',
      'Si vous n’avez jamais activé votre compte, commencez par là, avec votre clef.',
    ],
    again: 'Essayer une autre adresse',
    first: 'Activer mon compte',
  },
  reset: {
    title: 'Choisissez un nouveau mot de passe',
    lead: 'Il remplacera l’ancien partout à l’université, dans l’heure.',
    checking: 'Vérification du lien…',
    checkAgain: 'Réessayer',
    noTokenTitle: 'Ouvrez à nouveau le lien du courriel',
    noToken: [
      'Pour votre sécurité, le lien disparaît de la barre d’adresse dès qu’il est lu, et cette page ne l’a plus.',
      'Rouvrez le courriel et suivez à nouveau le lien : tant que vous n’avez pas choisi de mot de passe, il reste valable 12 heures.',
    ],
    doneTitle: 'Votre mot de passe est changé',
    done: 'Il sera actif partout dans l’heure. L’ancien ne servira plus.',
    loginIs: 'Votre identifiant :',
  },
  progress: {
    title: 'Où en est mon compte ?',
    pageTitle: 'Où en est mon compte ?',
    pageLead: 'Cette page se met à jour d’elle-même. Vous pouvez la garder et y revenir pendant 7 jours.',
    loading: 'Lecture de l’état du compte…',
    canSignIn: 'Vous pouvez déjà vous connecter.',
    cannotYet: 'Encore un instant : la connexion s’ouvre dès que l’annuaire principal est prêt.',
    allDone: 'Tout est prêt.',
    targets: {
      primary: 'Annuaire principal',
      'paris-sorbonne': 'Annuaire Paris-Sorbonne',
      upmc: 'Annuaire UPMC',
      mailbox: 'Messagerie',
    },
    targetNotes: {
      primary: 'connexion aux services de l’université',
      'paris-sorbonne': 'anciennes applications',
      upmc: 'anciennes applications',
      mailbox: 'votre boîte aux lettres Zimbra',
    },
    done: 'Fait',
    pending: 'En cours',
    delayed: 'En retard',
    doneAt: (when) => `prêt ${when}`,
    dueBy: (when) => `au plus tard ${when}`,
    lateSince: (when) => `attendu ${when}`,
    delayedNote: 'Ce retard vient de nous et se rattrape seul : vous n’avez rien à faire.',
    keep: 'Garder cette page de suivi',
    stale: 'La mise à jour est interrompue ; nous réessayons.',
  },
  links: {
    title: 'Vos services',
    webmail: 'Messagerie',
    ent: 'ENT de Paris-Sorbonne',
    entNote: 'accessible pour tous',
    entUpmc: 'ENT UPMC',
    entUpmcNote: 'par le CAS UPMC seulement ; il n’est plus maintenu',
    cas: 'Se connecter',
    onward: (host) => `pour continuer vers ${host}`,
  },
  ask: {
    title: 'À qui demander ?',
    intro:
      'Adressez-vous à votre faculté, avec une pièce d’identité. Ne donnez votre mot de passe à personne.',
    none: 'Les coordonnées de votre scolarité figurent sur le récapitulatif de votre inscription en ligne.',
  },
  help: {
    title: 'Aide et contacts',
    lead: 'Les questions les plus fréquentes, puis qui joindre.',
    contactsTitle: 'Qui joindre',
    contactsLead:
      'Votre faculté peut vous communiquer votre clef après avoir vérifié votre identité, ou corriger votre adresse. Personne ne peut choisir un mot de passe à votre place.',
    topics: [
      {
        question: 'Je n’ai pas reçu ma clef d’activation',
        answer: [
          'Elle part le lendemain matin de votre première inscription, à l’adresse personnelle de votre dossier. Regardez aussi les courriers indésirables.',
          'Elle figure aussi sur votre carte d’étudiant. Sinon, votre faculté peut vous la donner ; si votre adresse est erronée, demandez-lui de la corriger.',
        ],
      },
      {
        question: 'J’ai oublié mon mot de passe',
        answer: [
          'Demandez un lien avec votre adresse personnelle. Il est valable 12 heures ; le nouveau mot de passe est actif dans l’heure.',
          'Il faut une inscription pour l’année en cours et une adresse personnelle, à vous seul, dans votre dossier.',
        ],
      },
      {
        question: 'Un autre étudiant a donné la même adresse que moi',
        answer: [
          'Tant que deux dossiers portent la même adresse, celle d’une famille par exemple, aucun des deux étudiants ne peut activer son compte ni changer son mot de passe : nous ne saurions pas à qui nous écrivons.',
          'Créez-vous une adresse qui ne soit qu’à vous et demandez à votre service d’inscription de la saisir dans votre dossier. Le courriel attendu part ensuite de lui-même.',
        ],
      },
      {
        question: 'J’étais inscrit l’an dernier sans avoir activé mon compte',
        answer: [
          'Votre clef est toujours la même : celle de votre carte d’étudiant. Activez votre compte avec elle.',
        ],
      },
      {
        question: 'Je reviens après une interruption d’études',
        answer: [
          'Si votre compte est fermé, une nouvelle clef part le lendemain matin de votre réinscription, comme à la première fois.',
        ],
      },
      {
        question: 'Quand mon compte sera-t-il prêt ?',
        answer: [
          'La messagerie et le compte sont créés en 48 heures au plus, un mot de passe est actif en une heure au plus. C’est souvent l’affaire de quelques minutes, et la page de suivi le montre.',
        ],
      },
      {
        question: 'Quelle est mon adresse à l’université ?',
        answer: [
          'Elle s’affiche à la fin de l’activation et vous est envoyée ; vous la retrouvez aussi dans la messagerie. Vous y réglez le renvoi vers votre adresse personnelle.',
        ],
      },
    ],
  },
  unknown: {
    title: 'Cette page n’existe pas',
    lead: 'Le lien est peut-être incomplet. S’il vient d’un courriel, ouvrez-le à nouveau depuis ce courriel.',
    home: 'Revenir à l’accueil',
  },
  accessibility: accessibilityFr,
  toCorrect: 'À corriger avant de continuer',
  failures: failuresFr((seconds) => {
    const minutes = minutesOf(seconds)
    return minutes === 1 ? 'une minute' : `${minutes} minutes`
  }),
  remedies: {
    signIn: 'Se connecter',
    reset: 'Demander un nouveau lien de mot de passe',
  },
}
