/** Which files hold secrets, by their names. */
import assert from 'node:assert/strict';
import { Secrets } from '../../server/secrets.ts';

/** Names of files that programs and people keep keys, tokens and passwords in. */
const HELD = `
.env .env.local .env.production .env~ .env.bak .env-old env.bak env.old prod.env .envrc .flaskenv .Renviron .dev.vars
.dev.vars.staging http-client.private.env.json env.production
server.pem tls.key AuthKey.p8 cert.p12 cert.pfx putty.ppk key.gpg signing.asc release.jks debug.keystore vault.kdb
vault.kdbx client.ovpn id_rsa id_dsa id_ecdsa id_ed25519 id_rsa~ my-project-key.json
key.properties keystore.properties .ssh/config .gnupg/x .aws/config .kube/config .dockercfg .docker/config.json
.config/gh/hosts.yml kubeconfig kubeconfig.yaml prod.kubeconfig .composer/auth.json
.npmrc .npmrc.bak .yarnrc.yml .pypirc .netrc _netrc .pgpass .my.cnf .mylogin.cnf .msmtprc .htpasswd .git-credentials
.terraformrc .vault-token .vault_pass .s3cfg .boto .databrickscfg .clasprc.json .sentryclirc rclone.conf
.credentials .credentials.json credentials credentials.json x.credentials secret.yaml secrets.json secrets.prod.toml
db.secret app.secrets prod.secret.exs .token .tokens api.token token.txt
passwords.txt password.txt password-list.txt passwords.csv vault.yml vault.yaml group.vault.yml prod.tfvars
x.tfvars.json terraform.tfstate terraform.tfstate.backup
client_secret.json client_secret_12.apps.json client-secret.json app-firebase-adminsdk-x1.json firebase-adminsdk.json
service-account.json service_account-x.json local.settings.json
secrets/db.json secrets/token secrets/in/deep.txt deploy/secrets/id credentials/google.json
config/credentials/x.yml.enc secret/a .secrets/a
`
  .trim()
  .split(/\s+/);
/** Code, and files that are none of these. */
const OPEN = `
environment.ts env.ts env.d.ts src/env.js keys.ts monkey.json keyboard-shortcuts.json secrets.ts secret.go
src/secrets/store.ts pkg/secrets/secrets.go lib/credentials/provider.py secrets/README.md
password_reset.py password.ts passwords_controller.rb password-strength.js vault.py vault.go tokens.json
tokenizer.json token.ts token.go kubeconfig.go docker/config.json config.json hosts.yml gh.yml
client.ts firebase.json service.json asc.ts a.ascx boto.py s3cfg.py README.md package.json .gitignore .editorconfig
.prettierrc backup.bak a.ts~ notes.old environment.bak secretary.txt
`
  .trim()
  .split(/\s+/);

describe('secrets', () => {
  const secrets = new Secrets();
  it('are files that are called so, at every depth, in upper and lower case', () => {
    for (const path of HELD) {
      for (const at of [path, path.toUpperCase(), `a/b/${path}`, `/home/u/${path}`]) assert.ok(secrets.in(at), at);
    }
  });
  it('are no code, and no name that only looks like one', () => {
    assert.deepEqual(
      OPEN.filter((path) => secrets.in(path) || secrets.in(`a/b/${path}`)),
      [],
    );
  });
  it('are folders, with all in them, but those that may hold code are looked into', () => {
    for (const folder of ['.ssh', 'x/.aws', '.gnupg', '.kube']) assert.ok(secrets.in(folder, true), folder);
    for (const folder of ['secrets', 'src/credentials', 'src']) assert.ok(!secrets.in(folder, true), folder);
  });
  it('are what the user names, too', () => {
    const own = new Secrets(['*.hush', '/private', '!keep.hush', '!.env']);
    for (const path of ['a.hush', 'in/A.HUSH', 'private/a.ts', '/private/a.ts', '.env']) assert.ok(own.in(path), path);
    for (const path of ['keep.hush', 'in/private/a.ts', 'a.ts']) assert.ok(!own.in(path), path);
  });
});
