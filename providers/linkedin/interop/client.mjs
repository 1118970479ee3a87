// Drives LinkedIn's own JavaScript client against a sandbox.
//
//   node client.mjs <base URL> <token> <author URN>
//
// It exits with an error at the first answer that the client cannot use.
import assert from 'node:assert/strict'
import client_package from 'linkedin-api-client'

const [base, accessToken, author] = process.argv.slice(2)
assert.ok(base && accessToken && author, 'usage: node client.mjs <base URL> <token> <author URN>')

const versionString = '202606'
const upstream = 'https://api.linkedin.com'

// The client has its base URL built in. Its axios instance is public, so each
// request is sent elsewhere by an interceptor, and the package stays untouched.
const client = new client_package.RestliClient({ proxy: false, timeout: 20_000 })
client.axiosInstance.interceptors.request.use((config) => {
  assert.ok(config.url.startsWith(upstream + '/'), `unexpected address ${config.url}`)
  config.url = base + config.url.slice(upstream.length)
  return config
})

const common = { versionString, accessToken }
let checks = 0

async function check(name, run) {
  try {
    await run()
  } catch (error) {
    const answer = error.response ? `${error.response.status} ${JSON.stringify(error.response.data)}` : ''
    console.error(`FAIL ${name}: ${error.message} ${answer}`)
    throw error
  }
  checks++
  console.log(`ok   ${name}`)
}

// refused runs a call that must fail and returns LinkedIn's error.
async function refused(status, call) {
  try {
    await call()
  } catch (error) {
    assert.equal(error.response?.status, status, error.message)
    return error.response.data
  }
  assert.fail(`answered, want ${status}`)
}

const entity = (commentary, more = {}) => ({
  author,
  commentary,
  visibility: 'PUBLIC',
  distribution: { feedDistribution: 'MAIN_FEED', targetEntities: [], thirdPartyDistributionChannels: [] },
  lifecycleState: 'PUBLISHED',
  isReshareDisabledByAuthor: false,
  ...more
})

const create = (commentary, more) => client.create({ ...common, resourcePath: '/posts', entity: entity(commentary, more) })
const read = (id) => client.get({ ...common, resourcePath: '/posts/{id}', pathKeys: { id }, queryParams: { viewContext: 'AUTHOR' } })

let first, second

await check('finder of roles', async () => {
  const { data } = await client.finder({ ...common, resourcePath: '/organizationAcls', finderName: 'roleAssignee', queryParams: { state: 'APPROVED', count: 100 } })
  assert.ok(data.elements.some((acl) => (acl.organization ?? acl.organizationTarget) === author))
})

await check('get without a version', async () => {
  const { data } = await client.get({ resourcePath: '/userinfo', accessToken })
  assert.match(data.sub, /^[\w-]+$/)
})

await check('get of a resource without keys', async () => {
  const { data } = await client.get({ ...common, resourcePath: '/me' })
  assert.equal(data.vanityName, 'jane-doe-sandbox')
})

await check('create', async () => {
  const answer = await create('Interop \\(1\\) #Go')
  assert.equal(answer.status, 201)
  assert.match(answer.createdEntityId, /^urn:li:share:\d+$/)
  first = answer.createdEntityId
  second = (await create('Interop \\(2\\)')).createdEntityId
  assert.notEqual(first, second)
})

await check('get', async () => {
  const { data } = await read(first)
  assert.equal(data.id, first)
  assert.equal(data.commentary, 'Interop \\(1\\) {hashtag|\\#|Go}')
})

await check('get with a projection', async () => {
  const { data } = await client.get({ ...common, resourcePath: '/posts/{id}', pathKeys: { id: first }, queryParams: { fields: 'id,visibility' } })
  assert.deepEqual(data, { id: first, visibility: 'PUBLIC' })
})

await check('finder with pages', async () => {
  const seen = []
  for (let start = 0, more = true; more; start++) {
    const { data } = await client.finder({ ...common, resourcePath: '/posts', finderName: 'author', queryParams: { author, start, count: 1, sortBy: 'CREATED' } })
    seen.push(...data.elements.map((post) => post.id))
    more = data.paging.links.some((link) => link.rel === 'next')
  }
  assert.deepEqual(seen, [second, first])
})

await check('batch get', async () => {
  const { data } = await client.batchGet({ ...common, resourcePath: '/posts', ids: [first, 'urn:li:share:1'] })
  assert.equal(data.results[first].id, first)
  assert.equal(data.statuses[first], 200)
  assert.equal(data.errors['urn:li:share:1'].status, 404)
})

await check('batch get with a tunnelled query', async () => {
  const ids = [first, second, ...Array.from({ length: 200 }, (_, i) => `urn:li:share:${i + 1}`)]
  const answer = await client.batchGet({ ...common, resourcePath: '/posts', ids })
  assert.equal(answer.config.method, 'post')
  assert.deepEqual(Object.keys(answer.data.results).sort(), [first, second].sort())
})

await check('partial update', async () => {
  const { data: before } = await read(first)
  const answer = await client.partialUpdate({
    ...common, resourcePath: '/posts/{id}', pathKeys: { id: first },
    originalEntity: before, modifiedEntity: { ...before, commentary: 'Changed' }
  })
  assert.equal(answer.status, 204)
  const { data: after } = await read(first)
  assert.equal(after.commentary, 'Changed')
  assert.equal(after.lifecycleStateInfo.isEditedByAuthor, true)
})

await check('action: upload an image', async () => {
  const { data } = await client.action({ ...common, resourcePath: '/images', actionName: 'initializeUpload', data: { initializeUploadRequest: { owner: author } } })
  const { uploadUrl, image } = data.value
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  const stored = await fetch(uploadUrl, { method: 'PUT', body: png, headers: { Authorization: `Bearer ${accessToken}` } })
  assert.equal(stored.status, 201)
  const { data: state } = await client.get({ ...common, resourcePath: '/images/{id}', pathKeys: { id: image } })
  assert.equal(state.status, 'AVAILABLE')
  const { createdEntityId } = await create('', { content: { media: { id: image, altText: 'One pixel' } } })
  const { data: post } = await read(createdEntityId)
  assert.deepEqual(post.content, { media: { id: image, altText: 'One pixel' } })
})

// mp4 is a video of ten seconds, without samples and filled up to a size.
function mp4(size) {
  const box = (kind, ...contents) => {
    const body = Buffer.concat(contents)
    const head = Buffer.alloc(8)
    head.writeUInt32BE(8 + body.length)
    head.write(kind, 4, 'latin1')
    return Buffer.concat([head, body])
  }
  const words = (...numbers) => {
    const out = Buffer.alloc(4 * numbers.length)
    numbers.forEach((n, i) => out.writeUInt32BE(n, 4 * i))
    return out
  }
  const duration = 10_000
  const tkhd = box('tkhd', words(7, 0, 0, 1, 0, duration, 0, 0, 0, 0, 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30, 640 * 65536, 360 * 65536))
  const stsd = box('stsd', words(0, 1), box('avc1', Buffer.alloc(78)))
  const mdia = box('mdia', box('mdhd', words(0, 0, 0, 1000, duration, 0)), box('hdlr', words(0, 0), Buffer.from('vide'), Buffer.alloc(13)), box('minf', box('stbl', stsd)))
  const moov = box('moov', box('mvhd', words(0, 0, 0, 1000, duration), Buffer.alloc(80)), box('trak', tkhd, mdia))
  const start = Buffer.concat([box('ftyp', Buffer.from('isom'), words(512), Buffer.from('isommp41')), moov])
  return Buffer.concat([start, box('mdat', Buffer.alloc(size - start.length - 8, 'crier'))])
}

const videoAction = (actionName, data) => client.action({ ...common, resourcePath: '/videos', actionName, data })

await check('actions: upload a video in parts', async () => {
  const content = mp4(9 * 1024 * 1024)
  const { data: begun } = await videoAction('initializeUpload', {
    initializeUploadRequest: { owner: author, fileSizeBytes: content.length, uploadCaptions: false, uploadThumbnail: false }
  })
  const { video, uploadToken, uploadInstructions } = begun.value
  assert.deepEqual(uploadInstructions.map((one) => one.firstByte), [0, 4194304, 8388608])
  const uploadedPartIds = await Promise.all(uploadInstructions.map(async ({ uploadUrl, firstByte, lastByte }) => {
    const stored = await fetch(uploadUrl, { method: 'PUT', body: content.subarray(firstByte, lastByte + 1), headers: { 'Content-Type': 'application/octet-stream' } })
    assert.equal(stored.status, 200)
    return stored.headers.get('etag').replace(/^"(.*)"$/, '$1')
  }))
  const finalizeUploadRequest = { video, uploadToken, uploadedPartIds }
  await refused(400, () => videoAction('finalizeUpload', { finalizeUploadRequest: { ...finalizeUploadRequest, uploadedPartIds: [...uploadedPartIds].reverse() } }))
  assert.equal((await videoAction('finalizeUpload', { finalizeUploadRequest })).status, 200)
  const { data: state } = await client.get({ ...common, resourcePath: '/videos/{id}', pathKeys: { id: video } })
  assert.equal(state.status, 'AVAILABLE')
  assert.equal(state.duration, 10_000)
  const { createdEntityId } = await create('', { content: { media: { id: video, title: 'Ten seconds' } } })
  const { data: post } = await read(createdEntityId)
  assert.deepEqual(post.content, { media: { id: video, title: 'Ten seconds' } })
})

await check('action: upload a document', async () => {
  const { data } = await client.action({ ...common, resourcePath: '/documents', actionName: 'initializeUpload', data: { initializeUploadRequest: { owner: author } } })
  const { uploadUrl, document } = data.value
  const stored = await fetch(uploadUrl, { method: 'PUT', body: '%PDF-1.4\n<< /Type /Page >>\n', headers: { Authorization: `Bearer ${accessToken}` } })
  assert.equal(stored.status, 201)
  const { data: states } = await client.batchGet({ ...common, resourcePath: '/documents', ids: [document] })
  assert.equal(states.results[document].status, 'AVAILABLE')
  await refused(400, () => create('', { content: { media: { id: document } } }))
  const { createdEntityId } = await create('', { content: { media: { id: document, title: 'One page' } } })
  assert.match(createdEntityId, /^urn:li:share:\d+$/)
})

await check('get with a key and a parameter', async () => {
  const { data } = await client.get({ ...common, resourcePath: '/networkSizes/{id}', pathKeys: { id: author }, queryParams: { edgeType: 'COMPANY_FOLLOWED_BY_MEMBER' } })
  assert.equal(data.firstDegreeSize, 5000)
})

await check('batch get of numbers', async () => {
  const id = Number(author.split(':').pop())
  const { data } = await client.batchGet({ ...common, resourcePath: '/organizationsLookup', ids: [id] })
  assert.equal(data.results[id].id, id)
})

await check('structural characters in a parameter', async () => {
  const { data } = await client.finder({ ...common, resourcePath: '/organizations', finderName: 'vanityName', queryParams: { vanityName: "t?':,*! (x) %" } })
  assert.deepEqual(data.elements, [])
})

const comments = { ...common, resourcePath: '/socialActions/{urn}/comments' }
const said = async () => (await client.getAll({ ...comments, pathKeys: { urn: first } })).data.elements.map((c) => c.message.text)

await check('create, list and delete below a key: comments', async () => {
  const object = first
  const { data } = await client.create({
    ...comments,
    pathKeys: { urn: first },
    entity: { actor: author, object, message: { text: 'Plain (text), Crier Demo', attributes: [{ start: 14, length: 10, value: { 'com.linkedin.common.CompanyAttributedEntity': { company: author } } }] } }
  })
  const urn = data.$URN ?? data.commentUrn
  assert.match(urn, /^urn:li:comment:\(urn:li:activity:\d+,\d+\)$/)
  await client.create({ ...comments, pathKeys: { urn }, entity: { actor: author, object, message: { text: 'A reply' }, parentComment: urn } })
  assert.deepEqual(await said(), ['Plain (text), Crier Demo'])
  const { status } = await client.delete({ ...comments, resourcePath: comments.resourcePath + '/{id}', pathKeys: { urn: first, id: data.id }, queryParams: { actor: author } })
  assert.equal(status, 204)
  assert.deepEqual(await said(), [])
})

await check('a key of two parts: reactions', async () => {
  await client.create({ ...common, resourcePath: '/reactions', queryParams: { actor: author }, entity: { root: first, reactionType: 'LIKE' } })
  const { data } = await client.get({ ...common, resourcePath: '/socialMetadata/{urn}', pathKeys: { urn: first } })
  assert.equal(data.reactionSummaries.LIKE.count, 1)
  const { status } = await client.delete({ ...common, resourcePath: '/reactions/{key}', pathKeys: { key: { actor: author, entity: first } } })
  assert.equal(status, 204)
})

await check('partial update with a parameter: comments are closed', async () => {
  const thread = { ...common, resourcePath: '/socialMetadata/{urn}', pathKeys: { urn: first } }
  await client.partialUpdate({ ...thread, queryParams: { actor: author }, patchSetObject: { commentsState: 'CLOSED' } })
  assert.equal((await client.get(thread)).data.commentsState, 'CLOSED')
})

await check('nested records and lists: audience counts', async () => {
  const count = async (...groups) => {
    const and = groups.map(([facet, ...values]) => ({ or: { [`urn:li:adTargetingFacet:${facet}`]: values } }))
    const { data } = await client.finder({ ...common, resourcePath: '/audienceCounts', finderName: 'targetingCriteriaV2', queryParams: { targetingCriteria: { include: { and } } } })
    return data.elements[0].total
  }
  const followers = ['followedCompanies', author]
  const all = await count(followers)
  assert.equal(all, 5000)
  const some = await count(followers, ['staffCountRanges', 'urn:li:staffCountRange:(51,200)', 'urn:li:staffCountRange:(201,500)'], ['locations', 'urn:li:geo:103644278'])
  assert.ok(some < all, `${some} of ${all}`)
})

await check('a list and a record in a finder: statistics', async () => {
  const ask = { ...common, resourcePath: '/organizationalEntityShareStatistics', finderName: 'organizationalEntity' }
  const { data: ofPosts } = await client.finder({ ...ask, queryParams: { organizationalEntity: author, shares: [first, second] } })
  assert.ok(Array.isArray(ofPosts.elements))
  const end = Date.now() - 3 * 86_400_000
  const timeIntervals = { timeRange: { start: end - 7 * 86_400_000, end }, timeGranularityType: 'DAY' }
  const { data: byDay } = await client.finder({ ...ask, queryParams: { organizationalEntity: author, timeIntervals } })
  assert.ok(Array.isArray(byDay.elements))
})

await check('create a poll, a repost and a post for some', async () => {
  const poll = { question: 'Which (one)?', options: [{ text: 'A' }, { text: 'B*' }], settings: { duration: 'THREE_DAYS', voteSelectionType: 'SINGLE_VOTE', isVoterVisibleToAuthor: true } }
  const asked = (await create('', { content: { poll } })).createdEntityId
  assert.deepEqual((await read(asked)).data.content.poll.options.map((o) => o.text), ['A', 'B*'])
  const again = (await create('', { reshareContext: { parent: first } })).createdEntityId
  assert.equal((await read(again)).data.reshareContext.parent, first)
  const distribution = { feedDistribution: 'MAIN_FEED', targetEntities: [{ geoLocations: ['urn:li:geo:103644278'] }], thirdPartyDistributionChannels: [] }
  await create('For some', { distribution })
})

await check('a duplicate is refused', async () => {
  const error = await refused(422, () => create('Interop  \\(2\\)'))
  assert.equal(error.errorDetails.inputErrors[0].code, 'DUPLICATE_POST')
  assert.ok(error.message.endsWith(second))
})

await check('an unknown version is refused', async () => {
  const error = await refused(426, () => client.get({ ...common, versionString: '202512', resourcePath: '/posts/{id}', pathKeys: { id: first } }))
  assert.equal(error.message, 'Requested version 20251201 is not active')
})

await check('delete', async () => {
  for (let i = 0; i < 2; i++) {
    const answer = await client.delete({ ...common, resourcePath: '/posts/{id}', pathKeys: { id: second } })
    assert.equal(answer.status, 204)
  }
  await refused(404, () => read(second))
})

console.log(`${checks} checks passed`)
