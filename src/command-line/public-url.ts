import type { Config } from '../config.ts'

/** As a gateway with these settings has it. */
export function publicUrlOf(config: Config): string {
  return config.publicUrl ?? `http://localhost:${config.port}`
}
