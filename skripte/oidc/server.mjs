// A sign-in service that is not ours: oidc-provider, certified by the OpenID Foundation, on loopback.
//   node server.mjs '{"clients": [...], "konten": {...}}'
// Prints its address once it answers, with new keys each time, and ends when its standard input does. `konten` is
// what it says of a person, by the name typed in there; any password is right, as the provider's pages for
// developing have it. All else is the provider's own settings; `port` holds an address through a restart.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { port = 0, konten, ...einstellungen } = JSON.parse(process.argv[2]);

const schluessel = (art, angaben) => generateKeyPairSync(art, angaben).privateKey.export({ format: 'jwk' });

const konfiguration = {
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  cookies: { keys: ['nur-zum-pruefen'] },
  enabledJWA: {
    idTokenSigningAlgValues: [
      'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'HS256',
    ],
  },
  findAccount: (_, name) => konten[name] && {
    accountId: name,
    claims: () => ({ sub: name, ...konten[name] }),
  },
  jwks: {
    keys: [
      schluessel('rsa', { modulusLength: 2048 }),
      ...['P-256', 'P-384', 'P-521'].map((namedCurve) => schluessel('ec', { namedCurve })),
      schluessel('ed25519'),
    ],
  },
  pkce: { required: () => true },
  ...einstellungen,
};

// Not at the root, as the realms of Keycloak are not. How the provider learns of it: its "Mounting" chapter.
const PFAD = '/realms/haus';
const server = createServer();
server.listen(port, '127.0.0.1', () => {
  const adresse = `http://127.0.0.1:${server.address().port}${PFAD}`;
  const antworten = new Provider(adresse, konfiguration).callback();
  server.on('request', (anfrage, antwort) => {
    anfrage.originalUrl = anfrage.url;
    anfrage.url = anfrage.url.slice(PFAD.length);
    antworten(anfrage, antwort);
  });
  console.log(adresse);
});
process.stdin.resume().on('end', () => process.exit());
