import { engineInsteadOf } from './containers.ts'
import { programsOf, runProgram } from './program.ts'

/** Runs Prometheus' promtool in `folder`: `check rules alerts.yml`, `test rules …`. Gives what it said; rejects when it
 *  finds fault. */
export async function promtool(folder: string, ...args: string[]): Promise<string> {
  const programs = programsOf('prometheus')
  if (programs) return runProgram(programs('promtool'), args, { cwd: folder })
  const { containers } = await engineInsteadOf(['prometheus'])
  const started = await new containers.GenericContainer('prom/prometheus:v2.42.0')
    .withEntrypoint(['sleep', 'infinity'])
    .withBindMounts([{ source: folder, target: folder }])
    .start()
  try {
    const { output, exitCode } = await started.exec(['promtool', ...args], { workingDir: folder })
    if (exitCode !== 0) throw new Error(output)
    return output
  } finally {
    await started.stop({ timeout: 0 })
  }
}
