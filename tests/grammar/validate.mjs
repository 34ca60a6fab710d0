// Validates what hearth_schema_walks wrote: node validate.mjs WALKS.jsonl
// Every text must be JSON without a key twice and satisfy its schema, as ajv sees it. JavaScript's numbers are doubles:
// a text that fails while it has a number of more than 15 digits is counted apart.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import Ajv from 'ajv'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { isIPv4, isIPv6 } from 'node:net'

const options = { strict: false, allErrors: false, validateFormats: true, logger: false }

const matches = (format, text) => (format.test ? format.test(text) : (format.validate ?? format)(text))
/// Where ajv-formats asks for more than the specification that a format means.
const formats = {
  // RFC 3986 §3: behind the scheme the path may be empty. A letter in its place changes nothing else.
  uri: text => matches(fullFormats.uri, text.replace(/^([a-z][a-z0-9+.-]*:)(?=$|[?#])/i, '$1x')),
  // RFC 5321 §4.1.2: a domain may be a single label or an address literal, a local part may be quoted.
  email: text => {
    const at = text.lastIndexOf('@')
    if (at < 0) return false
    const domain = text.slice(at + 1)
    const local = text.slice(0, at).replace(/^"(?:[ !#-[\]-~]|\\[ -~])*"$/, 'quoted')
    const literal = domain.match(/^\[(?:(IPv6:)(.*)|(.*))\]$/i)
    if (literal) return (literal[1] ? isIPv6(literal[2]) : isIPv4(literal[3])) && matches(fullFormats.email, `${local}@a.b`)
    return matches(fullFormats.email, `${local}@${domain.includes('.') ? domain : domain + '.b'}`)
  }
}
const draft7 = addFormats(new Ajv(options))
const draft2020 = addFormats(new Ajv2020(options))
for (const ajv of [draft7, draft2020]) {
  for (const [name, validate] of Object.entries(formats)) ajv.addFormat(name, validate)
}

/// The first key that an object has twice, or null.
function duplicateKey(text) {
  const open = []
  let isKey = false
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/gs)) {
    if (token === '{') open.push(new Set()), (isKey = true)
    else if (token === '[') open.push(null), (isKey = false)
    else if (token === '}' || token === ']') open.pop(), (isKey = false)
    else if (token === ',') isKey = open.at(-1) !== null
    else if (isKey) {
      const key = JSON.parse(token)
      if (open.at(-1).has(key)) return key
      open.at(-1).add(key)
      isKey = false
    }
  }
  return null
}

/// A number that a double may not hold.
function hasLongNumber(text) {
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/gs, '""')
  return (outside.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? []).some(
    number => /[eE]/.test(number) || number.replace(/[-.]/g, '').replace(/^0+/, '').length > 15
  )
}

const validators = new Map()
let walks = 0, undecided = 0, wrong = 0
const bySchema = new Map()
for await (const line of createInterface({ input: createReadStream(process.argv[2]), crlfDelay: Infinity })) {
  const entry = JSON.parse(line)
  if ('id' in entry) {
    const ajv = String(entry.schema.$schema).includes('draft-07') ? draft7 : draft2020
    validators.set(entry.id, ajv.compile(entry.schema))
    continue
  }
  ++walks
  bySchema.set(entry.schema, (bySchema.get(entry.schema) ?? 0) + 1)
  const validate = validators.get(entry.schema)
  let problem = null
  try {
    const value = JSON.parse(entry.text)
    const twice = duplicateKey(entry.text)
    if (twice !== null) problem = `the key ${JSON.stringify(twice)} stands twice`
    else if (!validate(value)) problem = JSON.stringify(validate.errors)
  } catch (error) {
    problem = String(error)
  }
  if (problem === null) continue
  if (hasLongNumber(entry.text)) {
    ++undecided
    continue
  }
  if (++wrong <= 10) console.error(`schema ${entry.schema}: ${problem}\n  ${entry.text.slice(0, 2000)}`)
}
console.log(`${walks} texts under ${bySchema.size} schemas: ${wrong} wrong, ${undecided} not decidable with doubles`)
process.exit(wrong > 0 || walks === 0 ? 1 : 0)
