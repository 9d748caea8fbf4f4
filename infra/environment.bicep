// What the parameter files read from the environment. A variable that GitHub doesn't know arrives as an empty string.
// A word that isn't in a list fails the build of the parameter file, which names the word.
import { authentication, guardAuthentication, source } from 'types.bicep'

var sources = { new: 'new', existing: 'existing' }
var logins = { entra: 'entra', password: 'password' }
var guardLogins = { key: 'key', identity: 'identity' }

@export()
@description('A variable\'s value, or what stands for it when it is blank.')
func valueOr(value string, otherwise string) string => empty(value) ? otherwise : value

@export()
@description('Where a dependency comes from; new when it is blank.')
func sourceOf(value string) source => sources[valueOr(value, 'new')]

@export()
@description('How the app logs in; entra when it is blank.')
func loginOf(value string) authentication => logins[valueOr(value, 'entra')]

@export()
@description('How API Management logs in to the app; the profile\'s way when it is blank.')
func guardLoginOf(value string, otherwise string) guardAuthentication => guardLogins[valueOr(value, otherwise)]

@export()
@description('The profile of an environment, unless HX_PROFILE says it: nobody means development by a name like "prod" or "Production".')
func profileOf(profile string, environmentName string) 'dev' | 'prod' =>
  { dev: 'dev', prod: 'prod' }[valueOr(profile, startsWith(toLower(environmentName), 'prod') ? 'prod' : 'dev')]
