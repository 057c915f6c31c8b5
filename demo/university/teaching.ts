import type { Enrolment } from '../../domain/person.ts'
import type { Draw } from './draw.ts'

/** What is taught, invented: three faculties, their disciplines, and one step per discipline and level. */
export type Faculty = 'LET' | 'SCI' | 'SAN'
export type Level = 'L1' | 'L2' | 'L3' | 'M1' | 'M2' | 'D1' | 'D2' | 'D3'

export interface Course {
  readonly faculty: Faculty
  readonly discipline: string
  readonly level: Level
}

export const faculties: readonly Faculty[] = ['LET', 'SCI', 'SAN']
const levels: readonly Level[] = ['L1', 'L2', 'L3', 'M1', 'M2', 'D1', 'D2', 'D3']

const labels: Readonly<Record<Faculty, string>> = {
  LET: 'Faculté des lettres',
  SCI: 'Faculté des sciences et ingénierie',
  SAN: 'Faculté de santé',
}

/** Disciplines with their sector, COD_SDS. */
const disciplines: Readonly<Record<Faculty, Readonly<Record<string, string>>>> = {
  LET: { HIST: '18', PHIL: '17', LLCE: '11', GEOG: '19', MUSI: '14', SOCI: '20' },
  SCI: { MATH: '27', INFO: '29', PHYS: '28', CHIM: '30', BIOL: '33', ELEC: '32' },
  SAN: { MEDE: '40', MAIE: '41', ORTH: '42', REED: '43' },
}

const diplomas = {
  L: { prefix: 'LIC', type: 'DC' },
  M: { prefix: 'MAS', type: 'XA' },
  D: { prefix: 'DOC', type: 'YA' },
} as const

/** A course somebody starts with. */
export function entryCourse(draw: Draw): Course {
  const level = draw.among({ L1: 70, L3: 6, M1: 16, M2: 3, D1: 5 })
  return course(draw, draw.among({ LET: 42, SCI: 38, SAN: 20 }), level)
}

/** A course of a faculty at a level. */
export function course(draw: Draw, faculty: Faculty, level: Level): Course {
  return { faculty, discipline: draw.pick(Object.keys(disciplines[faculty])), level }
}

/** The course of the year after. */
export function nextCourse(from: Course, draw: Draw): Course {
  const up = levels[Math.min(levels.indexOf(from.level) + 1, levels.length - 1)] ?? from.level
  return draw.happens(0.12) ? from : { ...from, level: up }
}

/** The columns of an enrolment that the course decides. */
export function columnsOf({
  faculty,
  discipline,
  level,
}: Course): Pick<
  Enrolment,
  | 'step'
  | 'stepVersion'
  | 'diploma'
  | 'component'
  | 'componentLabel'
  | 'regime'
  | 'sector'
  | 'diplomaType'
  | 'cursus'
> {
  const { prefix, type } = diplomas[level.charAt(0) as keyof typeof diplomas]
  return {
    step: level + discipline,
    stepVersion: '251',
    diploma: prefix + discipline,
    component: faculty,
    componentLabel: labels[faculty],
    regime: '10',
    sector: disciplines[faculty][discipline] ?? null,
    diplomaType: type,
    cursus: level,
  }
}
