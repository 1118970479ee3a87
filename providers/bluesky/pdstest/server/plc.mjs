// A PLC directory that keeps everything in memory.
//
//   node plc.mjs <folder of install.sh>
//
// prints its address once it answers, and ends when its standard input does.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(join(process.argv[2], 'package.json'))
const { PlcServer, Database } = require('@did-plc/server')

const server = await PlcServer.create({ db: Database.mock(), port: 0 }).start()
process.stdin.resume().on('end', () => process.exit())
console.log(`http://localhost:${server.address().port}`)
