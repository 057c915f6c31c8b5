/** What the page can ask of the house. The routes know nothing else; `web/flow/` holds the acts themselves.
 *
 *  Every act throws IdentityError with a code of the closed list. Two facts in `details` reach the student:
 *  `retryAfterSeconds` (number: when to try again) and `reasons` (closed words: why a password is refused).
 *  `network` is the caller's network as `networkOf` spells it, for throttling only. */
export interface Flows {
  /** Checks a number and its key without using the key. Throws KEY_REFUSED, KEY_USED, KEY_REPLACED,
   *  RIGHT_MISSING, ADDRESS_SHARED, TOO_MANY_ATTEMPTS, UNAVAILABLE. */
  verifyKey(input: {
    studentNumber: string
    key: string
    /** YYYY-MM-DD, where it is asked. */
    birthDate?: string
    network: string
  }): Promise<{ context: string }>
  /** Uses the key: the account exists once this resolves. Throws what `verifyKey` throws, and PASSWORD_REFUSED. */
  activate(input: {
    studentNumber: string
    key: string
    birthDate?: string
    password: string
    network: string
    idempotencyKey: string | null
  }): Promise<Activated>
  /** Notes that somebody asked for a link. Resolves alike whether the address is known, shared or over the limit. */
  requestReset(input: { email: string; network: string }): Promise<void>
  /** Checks a token without using it. Throws TOKEN_REFUSED, TOO_MANY_ATTEMPTS, UNAVAILABLE. */
  verifyToken(input: { token: string; network: string }): Promise<{ context: string }>
  /** Uses the token. Throws TOKEN_REFUSED, PASSWORD_REFUSED, TOO_MANY_ATTEMPTS, UNAVAILABLE. */
  reset(input: {
    token: string
    password: string
    network: string
  }): Promise<{ login: string; progress: string }>
  /** Judges a password that is being typed; `context` is what `verifyKey` or `verifyToken` gave. */
  judge(input: { password: string; context: string | null; network: string }): Promise<Judgement>
  /** How far the student's change has come. Throws PROGRESS_UNKNOWN. */
  progress(id: string): Promise<Progress>
}

/** A new account: `progress` is the identifier of its progress page. */
export interface Activated {
  login: string
  mail: string
  progress: string
  personal_address: string | null
}

/** `score` from 0 (worst) to 4; `reasons` is empty when `acceptable`. */
export interface Judgement {
  score: number
  acceptable: boolean
  reasons: string[]
}

/** Instants are ISO 8601 in UTC. `target` is primary, paris-sorbonne, upmc or mailbox; those not configured are absent. */
export interface Progress {
  login: string
  mail: string | null
  can_sign_in: boolean
  steps: ProgressStep[]
}

export interface ProgressStep {
  target: string
  state: 'done' | 'pending' | 'delayed'
  started: string
  due: string
  at: string | null
}
