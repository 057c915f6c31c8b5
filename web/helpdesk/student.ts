import type { Staff } from '../../domain/staff.ts'
import { IdentityError } from '../../platform/error.ts'
import { maySee } from '../../registry/search.ts'
import { studentOf, type Student } from '../../registry/students.ts'
import type { Helpdesk } from './options.ts'

/** The student of a number, should this member of staff be allowed to see them. Throws STUDENT_UNKNOWN, the same for
 *  a number that nobody has. */
export async function studentFor(
  { registry }: Pick<Helpdesk, 'registry'>,
  { scope }: Staff,
  number: string,
): Promise<Student> {
  const student = (await maySee(registry.db, number, scope)) ? await studentOf(registry.db, number) : null
  if (student === null)
    throw new IdentityError('STUDENT_UNKNOWN', 'no such student, for this member of staff')
  return student
}
