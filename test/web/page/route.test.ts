import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addresses, fragmentWithoutToken, parseRoute } from '../../../web/page/route.ts'

const home = '/creation-motdepasse/'

describe('the route of the page', () => {
  it('the printed address is the activation, with or without its final slash and fragment', () => {
    for (const path of ['/creation-motdepasse', home]) {
      for (const fragment of ['', '#', '#/'])
        expect(parseRoute(path, fragment)).toEqual({ page: 'activation' })
    }
  })

  it('the addresses of the guide lead where the guide says', () => {
    expect(parseRoute(home, '#/reinitmdp-mail')).toEqual({ page: 'reset-request' })
    expect(parseRoute(home, '#/reinitmdp-mail/')).toEqual({ page: 'reset-request' })
    expect(parseRoute(home, '#/reinitmdp-token?token=2sy4AoK2AUimbqwrJUimbqwrJH1Np5')).toEqual({
      page: 'reset',
      token: '2sy4AoK2AUimbqwrJUimbqwrJH1Np5',
    })
    expect(parseRoute(home, '#/aide')).toEqual({ page: 'help' })
  })

  it('what stays in the address bar of a reset link holds no token', () => {
    expect(parseRoute(home, fragmentWithoutToken)).toEqual({ page: 'reset', token: null })
    expect(parseRoute(home, '#/reinitmdp-token?token=')).toEqual({ page: 'reset', token: null })
  })

  it('the statement of accessibility has a path of its own, and the other pages can be reached from it', () => {
    expect(parseRoute('/accessibilite', '')).toEqual({ page: 'accessibility' })
    expect(parseRoute('/accessibilite/', '#/')).toEqual({ page: 'accessibility' })
    expect(parseRoute('/accessibilite', '#/aide')).toEqual({ page: 'help' })
  })

  it('a fragment that is no route leaves the page where it is', () => {
    expect(parseRoute(home, '#contenu')).toEqual({ page: 'activation' })
    expect(parseRoute('/accessibilite', '#contenu')).toEqual({ page: 'accessibility' })
  })

  it('every progress identifier survives its own address', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.~-]{1,128}$/), (id) => {
        const fragment = addresses.progress(id).slice(home.length)
        expect(parseRoute(home, fragment)).toEqual({ page: 'progress', id })
      }),
    )
  })

  it('an address that is not ours is an unknown page, whatever it is', () => {
    expect(parseRoute(home, '#/suivi/')).toEqual({ page: 'unknown' })
    expect(parseRoute(home, '#/suivi/a/../b')).toEqual({ page: 'unknown' })
    expect(parseRoute(home, '#/rien')).toEqual({ page: 'unknown' })
    fc.assert(fc.property(fc.string(), (text) => parseRoute(home, `#/${text}`).page.length > 0))
  })
})
