/**
 * Which files hold secrets, by their names: they are not read, and nothing is offered in them by itself. Pure: the
 * extension asks it, too.
 */
import picomatch from 'picomatch';
import { Globs } from './globs.ts';

/** Secrets and notes are data; code by that name is code like other code. */
const DATA = '{json,yaml,yml,toml,txt,ini,xml,properties,env,cfg,conf,csv}';
/**
 * Names of files and folders that hold keys and passwords, in upper or lower case; a template such as `.env.example`
 * goes with them.
 */
const NAMES = [
  // environments
  '.env',
  '.env.*',
  '.env[-_]*',
  '*.env',
  '.envrc',
  '.flaskenv',
  '.renviron',
  '.dev.vars',
  '.dev.vars.*',
  '*.private.env.json',
  'env.{local,dev,development,test,staging,prod,production}',
  // keys and certificates
  '*.pem',
  '*.key',
  '*.p8',
  '*.p12',
  '*.pfx',
  '*.ppk',
  '*.gpg',
  '*.asc',
  '*.jks',
  '*.keystore',
  '*.kdb',
  '*.kdbx',
  '*.ovpn',
  'id_rsa*',
  'id_dsa*',
  'id_ecdsa*',
  'id_ed25519*',
  '*-key.json',
  'key.properties',
  'keystore.properties',
  // what tools keep at home
  '.ssh',
  '.gnupg',
  '.aws',
  '.kube',
  '.dockercfg',
  '.dockerconfigjson',
  '.npmrc',
  '.yarnrc*',
  '.pypirc',
  '.netrc',
  '_netrc',
  '.pgpass',
  '.my.cnf',
  '.mylogin.cnf',
  '.msmtprc',
  '.htpasswd',
  '.git-credentials',
  '.terraformrc',
  '.vault-token',
  '.vault?pass*',
  '.s3cfg',
  '.boto',
  '.databrickscfg',
  '.clasprc.json',
  '.sentryclirc',
  'rclone.conf',
  'kubeconfig',
  `kubeconfig{.,-*.}${DATA}`,
  '*.kubeconfig',
  // by what they hold
  '.credentials',
  '.credentials.*',
  'credentials.*',
  '*.credentials',
  `secret{,s}.${DATA}`,
  `secret{,s}.*.${DATA}`,
  '*.secret',
  '*.secrets',
  '*.secret.exs',
  '.token',
  '.tokens',
  '*.token',
  'token.txt',
  'password*.txt',
  `password{,s}.${DATA}`,
  'vault.{yml,yaml}',
  '*.vault.{yml,yaml}',
  '*.tfvars',
  '*.tfvars.json',
  '*.tfstate',
  '*.tfstate.*',
  'client_secret*.json',
  'client-secret*.json',
  '*firebase-adminsdk*.json',
  'service-account*.json',
  'service_account*.json',
  'serviceaccount*.json',
  'local.settings.json',
];
/** Names that say it only in their folders. */
const PATHS = ['**/.docker/config.json', '**/gh/hosts.yml', '**/.composer/auth.json', '**/.vscode/sftp.json'];

/** Folders of such names hold secrets, but for code; so does a file that is called no more than that. */
const STORES = /^\.?(?:secrets?|credentials?)$/i;
const CODE = new RegExp(
  `\\.(?:${[
    '[cm]?[jt]sx?',
    'vue',
    'svelte',
    'astro',
    'py',
    'pyi',
    'rb',
    'go',
    'rs',
    'java',
    'kts?',
    'scala',
    'groovy',
    '[ch]',
    'cc',
    '[ch]pp',
    '[ch]xx',
    'hh',
    'mm?',
    'cs',
    'fs',
    'vb',
    'swift',
    'php',
    'p[lm]',
    'lua',
    'r',
    'jl',
    'exs?',
    'erl',
    'hrl',
    'hs',
    'elm',
    'clj[cs]?',
    'mli?',
    'dart',
    'zig',
    'nim',
    'sol',
    'sh',
    'bash',
    'ps1',
    'sql',
    'tf',
    'nix',
    'proto',
    'graphql',
    's?css',
    'less',
    'html?',
    'mdx?',
    'rst',
  ].join('|')})$`,
  'i',
);

/** What editors and people put behind the name of a copy. */
const COPY = /(?:~|\.(?:bak|backup|old|orig|save|sav|tmp|swp))+$/i;

/** Many globs as one expression: each name of a workspace is asked about. */
function anyOf(globs: string[]): RegExp {
  const source = (glob: string) => picomatch.makeRe(glob, { dot: true, nonegate: true, posix: true }).source;
  return new RegExp(globs.map(source).join('|'), 'i');
}
const [NAME, PATH] = [anyOf(NAMES), anyOf(PATHS)];

export class Secrets {
  private readonly own: Globs;

  /** `own`: the user's globs, beside those that are known; an exception among them is one to his own alone. */
  constructor(own: string[] = []) {
    this.own = new Globs(own, true);
  }

  /**
   * Whether a file, or a folder with all in it, holds secrets. The path is relative to the workspace's folder, or
   * whole; with forward slashes.
   */
  in(path: string, folder = false): boolean {
    const names = path.split('/');
    const isCopy = (name: string, of = name.replace(COPY, '')) => of !== name && (NAME.test(of) || /^env$/i.test(of));
    const isNamed = (name: string) => NAME.test(name) || isCopy(name);
    if (names.some(isNamed) || PATH.test(path.replace(COPY, ''))) return true;
    if (!folder && !CODE.test(path) && names.some((name) => STORES.test(name))) return true;
    if (folder && this.own.hasExceptions) return false; // one may be in it
    return this.own.leavesOut(path.replace(/^\/+/, '')) !== undefined;
  }
}
