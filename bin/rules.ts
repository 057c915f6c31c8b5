import type { Rules } from '../daemon/rooms.ts'
import type { EnrolmentState } from '../domain/person.ts'
import type { Config } from '../platform/settings.ts'
import type { PageRules } from '../web/flow/house.ts'

/** The law of the house, from its settings. `baseUrl` is what links in letters start with. */
export function rulesOf(config: Config, baseUrl: string): Rules {
  const { year, leave, guard, letters, address, limits } = config
  return {
    years: { open: year.open, closeOn: year.close_on, graceUntil: year.grace_until },
    rightStates: config.right.states as EnrolmentState[],
    leave: {
      suspendAfter: leave.suspend_after,
      closeAfter: leave.close_after,
      purgeAfter: leave.purge_after,
    },
    warnDays: year.warn_days,
    brakes: { maxRemovals: guard.max_removals, maxShare: guard.max_share },
    maxDrift: guard.max_drift,
    ownDomains: [...new Set([address.domain, ...address.own_domains])],
    site: {
      establishment: config.establishment.uai,
      scope: config.establishment.scope,
      names: address.name,
      rightStates: config.right.states as EnrolmentState[],
    },
    letters: {
      sendAt: letters.send_at,
      since: letters.since === null ? null : new Date(letters.since),
      mode: letters.mode,
      perMinute: letters.per_minute,
      retryHours: letters.retry_hours,
      remindDays: letters.remind_days,
      listsOn: letters.lists_on === 'never' ? null : letters.lists_on,
      sender: letters.sender,
      returnPath: letters.bounces.return_path,
      bouncesEveryMs: letters.bounces.interval_seconds * 1000,
      templates: letters.templates,
      baseUrl,
      webmail: config.links.webmail || null,
    },
    reset: {
      lifetimeHours: config.reset.lifetime_hours,
      lettersPerHour: limits.reset_letters_per_hour,
      inGrace: year.reset_in_grace,
    },
    faculties: config.faculties,
    contacts: config.contacts,
    keysPath: config.keys.out_path,
    certificate: { path: config.certificate.keys_path, printsKey: config.certificate.print_key },
    mergesPath: config.source.merges,
    vanished: {
      afterDays: config.source.vanished_after_days,
      afterSnapshots: config.source.vanished_after_snapshots,
    },
    reports: {
      to: config.reports.to,
      sample: config.reports.sample,
      keepDays: config.reports.keep_days,
    },
    window: config.daemon.window,
    wholeScanMs: config.daemon.whole_scan_seconds * 1000,
  }
}

/** The part of it that the page goes by. */
export function pageRulesOf(config: Config): PageRules {
  const { address, limits, passwords } = config
  return {
    mail: { domain: address.domain, wordSeparator: address.word_separator, homonym: address.homonym },
    names: address.name,
    resetInGrace: config.year.reset_in_grace,
    progressDays: config.progress.lifetime_days,
    asksBirthDate: config.activation.ask_birth_date,
    gathering: { most: passwords.gathered, forMs: passwords.gather_milliseconds },
    limits: {
      keyFailures: limits.key_failures,
      keyWindowMs: limits.key_window_seconds * 1000,
      networkFailures: limits.network_failures,
      networkWindowMs: limits.network_window_seconds * 1000,
    },
  }
}
