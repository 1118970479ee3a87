// A PDS with the settings of its own environment variables, PDS_….
//
//   node pds.mjs <folder of install.sh>
//
// prints its address once it answers, and ends when its standard input does. Without PDS_PORT
// it takes a free port: the addresses that it tells of itself have it, so it must be known
// before it listens. Its clock is ahead by CLOCK_AHEAD_MS. The hosts named in HOSTS_HERE, with
// commas between them, are on this machine.
import dns from 'node:dns'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { once } from 'node:events'
import { join } from 'node:path'

const ahead = Number(process.env.CLOCK_AHEAD_MS ?? 0)
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length ? args : [new.target.now()]))
  }

  static now() {
    return super.now() + ahead
  }
}

const here = (process.env.HOSTS_HERE ?? '').split(',')
const lookup = dns.lookup
dns.lookup = (host, ...rest) => lookup(here.includes(host) ? '127.0.0.1' : host, ...rest)

const require = createRequire(join(process.argv[2], 'package.json'))
const { PDS, readEnv, envToCfg, envToSecrets } = require('@atproto/pds')

async function freePort() {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const env = readEnv()
env.port ??= await freePort()
const config = envToCfg(env)
const pds = await PDS.create(config, envToSecrets(env))
await pds.start()
process.stdin.resume().on('end', () => process.exit())
console.log(config.service.publicUrl)
