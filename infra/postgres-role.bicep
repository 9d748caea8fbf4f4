// After main.bicep: a job in the network that makes the role of the app's identity in PostgreSQL. infra/hooks/postgres-role.sh deploys and starts it.
// In Container Apps the job is part of container-apps/main.bicep.
targetScope = 'resourceGroup'

import { namesFor } from 'names.bicep'

@description('The environment\'s name, as main.bicep had it: every name follows from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region, as main.bicep had it: the job runs in its network.')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

@description('The database, as main.bicep had it.')
param postgresDatabase string = 'litellm'

@description('Image of the job: psql 16 or later, wget and sh.')
param postgresRoleImage string = 'docker.io/library/postgres:17-alpine'

@description('Resource id of the Log Analytics workspace, if main.bicep was given one. Blank: the one that it created.')
param existingWorkspaceId string = ''

var names = namesFor(environmentName, uniqueString(resourceGroup().id, environmentName))
var allTags = union(tags, { 'azd-env-name': environmentName })

resource appIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: names.identity
}

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' existing = {
  name: names.postgres
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' existing = {
  name: names.network

  resource containers 'subnets' existing = { name: 'containers' }
}

// Not the app's: whoever takes the app over can't make roles.
module identity 'modules/identity.bicep' = {
  name: 'hx-postgres-role-identity'
  params: { location: location, tags: allTags, name: names.postgresRoleIdentity }
}

module administrator 'modules/postgresAdministrator.bicep' = {
  name: 'hx-postgres-role-administrator'
  params: { serverName: server.name, name: identity.outputs.name, principalId: identity.outputs.principalId }
}

module environment 'modules/containerEnvironment.bicep' = {
  name: 'hx-container-environment'
  params: {
    location: location
    tags: allTags
    name: names.containerEnvironment
    subnetId: network::containers.id
    // Nothing in it listens.
    isInternal: true
    zoneRedundant: false
    workspaceId: empty(existingWorkspaceId)
      ? resourceId('Microsoft.OperationalInsights/workspaces', names.workspace)
      : existingWorkspaceId
  }
}

module job 'modules/postgresRoleJob.bicep' = {
  name: 'hx-postgres-role-job'
  params: {
    location: location
    tags: allTags
    name: names.postgresRoleJob
    environmentId: environment.outputs.id
    identityId: identity.outputs.id
    identityName: identity.outputs.name
    identityClientId: identity.outputs.clientId
    host: server.properties.fullyQualifiedDomainName
    databaseName: postgresDatabase
    appIdentityName: appIdentity.name
    appPrincipalId: appIdentity.properties.principalId
    image: postgresRoleImage
  }
  dependsOn: [administrator]
}

@description('The job, for az containerapp job start.')
output postgresRoleJobName string = job.outputs.name
