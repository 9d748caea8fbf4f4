# Makes the role of the app's identity in PostgreSQL, which may do nothing but connect. A second run changes nothing. POSIX sh, run by
# the job of postgresRoleJob.bicep as an Entra administrator. Where to, and as who, libpq's variables say. Kubernetes makes one dollar of two
# that stand together in a command: there are none.
set -eu

# https://learn.microsoft.com/azure/container-apps/managed-identity#rest-endpoint-reference
answer=$(wget -q -O - --header "X-IDENTITY-HEADER: $IDENTITY_HEADER" \
  "$IDENTITY_ENDPOINT?resource=https://ossrdbms-aad.database.windows.net&api-version=2019-08-01&client_id=$AZURE_CLIENT_ID")
PGPASSWORD=$(printf '%s' "$answer" | sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p')
[ -n "$PGPASSWORD" ] || { echo 'No token in the answer of the identity endpoint.' >&2; exit 1; }
export PGPASSWORD

# https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
# pgaadauth_list_principals: name, type, object id, tenant, MFA, administrator. The columns are named here, since their names are written in two ways.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set role="$HX_ROLE" --set object_id="$HX_ROLE_OBJECT_ID" --set database="$HX_ROLE_DATABASE" <<'SQL'
SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'role') AS is_missing \gset
\if :is_missing
  SELECT pgaadauth_create_principal_with_oid(:'role', :'object_id', 'service', false, false);
\else
  \echo The role is there already.
\endif

SELECT count(*) > 0 AS is_its_own, coalesce(max(administrator), 0) = 1 AS is_administrator
FROM pgaadauth_list_principals(false) AS principal (name, type, object_id, tenant_id, mfa, administrator)
WHERE name = :'role' AND lower(object_id) = lower(:'object_id') \gset
\if :is_its_own
\else
  DO 'BEGIN RAISE EXCEPTION ''The role belongs to another identity, or to none: an earlier one of the same name.''
    USING HINT = ''As an Entra administrator: REVOKE CONNECT on the database from it, DROP ROLE, and run this again.''; END';
\endif
\if :is_administrator
  \warn The role is an administrator of the server, which is more than it needs: remove it from the Entra administrators.
\endif

-- CONNECT is all: the probe reads two functions that everyone may call. Where everyone may connect, which is so unless someone revoked it,
-- an administrator who doesn't own the database is only warned here.
GRANT CONNECT ON DATABASE :"database" TO :"role";
SELECT has_database_privilege(:'role', :'database', 'CONNECT') AS may_connect \gset
\if :may_connect
  \echo The role may connect.
\else
  DO 'BEGIN RAISE EXCEPTION ''The role may not connect to the database.''; END';
\endif
SQL
