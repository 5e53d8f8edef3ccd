import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const CONFIG = fileURLToPath(new URL('./vite.config.ts', import.meta.url))
const COMPRESSIBLE = /\.(js|css|html|svg)$/

/**
 * Builds the console into dist/console, with a Brotli and a gzip copy beside each text, so that none is made while serving.
 * Where Vite is missing (`npm ci --omit=dev`) it says so and fails nothing: a gateway runs without its console.
 */
async function buildConsole(): Promise<void> {
  const vite = await import('vite').catch(() => null)
  if (!vite) {
    process.stdout.write('The console was not built: that takes the development dependencies (npm ci).\n')
    return
  }
  const { config } = (await vite.loadConfigFromFile({ command: 'build', mode: 'production' }, CONFIG)) ?? {}
  await vite.build({ ...config, configFile: false })
  const folder = config?.build?.outDir
  if (folder) compressAll(folder)
}

function compressAll(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!COMPRESSIBLE.test(name)) continue
    const path = join(folder, name)
    const text = readFileSync(path)
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
    writeFileSync(`${path}.br`, brotliCompressSync(text, { params }))
    writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }))
  }
}

await buildConsole()
