// A job that makes the app's role in PostgreSQL, from inside the network. It is started by infra/hooks/postgres-role.sh.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The job\'s name.')
param name string

@description('The Container Apps environment.')
param environmentId string

@description('The job\'s own identity, an Entra administrator of the server: resource id.')
param identityId string

@description('Its name, which is its role\'s.')
param identityName string

@description('Its client id.')
param identityClientId string

@description('The server.')
param host string

@description('The database that the app connects to.')
param databaseName string

@description('The app\'s identity: name, which is its role\'s.')
param appIdentityName string

@description('The app\'s identity: object id.')
param appPrincipalId string

@description('An image with psql 16 or later, wget and sh.')
param image string

resource job 'Microsoft.App/jobs@2025-07-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Manual'
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 }
      replicaTimeout: 300
      replicaRetryLimit: 2
    }
    template: {
      containers: [
        {
          name: 'psql'
          image: image
          command: ['/bin/sh', '-c', loadTextContent('postgres-role.sh')]
          resources: { cpu: json('0.25'), memory: '0.5Gi' }
          env: [
            { name: 'PGHOST', value: host }
            { name: 'PGUSER', value: identityName }
            // The functions for Entra roles are in this database alone.
            { name: 'PGDATABASE', value: 'postgres' }
            { name: 'PGSSLMODE', value: 'verify-full' }
            { name: 'PGSSLROOTCERT', value: 'system' }
            { name: 'PGCONNECT_TIMEOUT', value: '15' }
            { name: 'AZURE_CLIENT_ID', value: identityClientId }
            { name: 'HX_ROLE', value: appIdentityName }
            { name: 'HX_ROLE_OBJECT_ID', value: appPrincipalId }
            { name: 'HX_ROLE_DATABASE', value: databaseName }
          ]
        }
      ]
    }
  }
}

@description('The job\'s name.')
output name string = job.name
