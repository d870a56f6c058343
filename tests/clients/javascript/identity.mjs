// The JavaScript SDK v3: users, signing and server certificates, paginators, and the classes of its errors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  CreateUserCommand,
  DeleteServerCertificateCommand,
  DeleteSigningCertificateCommand,
  DeleteUserCommand,
  EntityAlreadyExistsException,
  GetServerCertificateCommand,
  GetUserCommand,
  IAMClient,
  ListSigningCertificatesCommand,
  MalformedCertificateException,
  NoSuchEntityException,
  TagUserCommand,
  UpdateServerCertificateCommand,
  UpdateSigningCertificateCommand,
  UploadServerCertificateCommand,
  UploadSigningCertificateCommand,
  paginateListUsers,
  waitUntilUserExists,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { refusing } from "./refusals.mjs";

const [endpoint, certificate, privateKey, chain] = process.argv.slice(2);
const options = { endpoint, region: "us-east-1", maxAttempts: 1 };
const iam = new IAMClient(options);
const sts = new STSClient(options);
const pem = (file) => readFileSync(file, "utf8");

const refused = refusing(iam);

const me = await sts.send(new GetCallerIdentityCommand({}));
assert.match(me.Arn, new RegExp(`^arn:aws:iam::${me.Account}:user/`));

// Users
for (let number = 0; number < 12; number += 1) {
  await iam.send(new CreateUserCommand({ UserName: `js-${number}`, Path: "/javascript/" }));
}
await waitUntilUserExists({ client: iam, maxWaitTime: 10 }, { UserName: "js-0" });
await refused(new CreateUserCommand({ UserName: "JS-0" }), EntityAlreadyExistsException, 409);
await refused(new GetUserCommand({ UserName: "nobody" }), NoSuchEntityException, 404);
await iam.send(new TagUserCommand({ UserName: "js-0", Tags: [{ Key: "grün", Value: "a b+c@d=é" }] }));
const { User } = await iam.send(new GetUserCommand({ UserName: "js-0" }));
assert.deepEqual(User.Tags, [{ Key: "grün", Value: "a b+c@d=é" }]);
assert.ok(User.CreateDate instanceof Date);
const names = [];
for await (const page of paginateListUsers({ client: iam, pageSize: 5 }, { PathPrefix: "/javascript/" })) {
  assert.ok(page.Users.length <= 5);
  names.push(...page.Users.map((user) => user.UserName));
}
assert.equal(new Set(names).size, 12);

// Signing certificates
const { Certificate } = await iam.send(
  new UploadSigningCertificateCommand({ UserName: "js-0", CertificateBody: pem(certificate) }),
);
assert.equal(Certificate.Status, "Active");
await iam.send(
  new UpdateSigningCertificateCommand({ UserName: "js-0", CertificateId: Certificate.CertificateId, Status: "Inactive" }),
);
const listed = await iam.send(new ListSigningCertificatesCommand({ UserName: "js-0" }));
assert.deepEqual(listed.Certificates.map((one) => one.Status), ["Inactive"]);
await refused(
  new UploadSigningCertificateCommand({ UserName: "js-1", CertificateBody: "no certificate" }),
  MalformedCertificateException,
  400,
);
await iam.send(new DeleteSigningCertificateCommand({ UserName: "js-0", CertificateId: Certificate.CertificateId }));

// Server certificates
const upload = {
  ServerCertificateName: "js",
  Path: "/javascript/",
  CertificateBody: pem(certificate),
  PrivateKey: pem(privateKey),
  CertificateChain: pem(chain),
};
const { ServerCertificateMetadata } = await iam.send(new UploadServerCertificateCommand(upload));
await refused(new UploadServerCertificateCommand(upload), EntityAlreadyExistsException, 409);
await refused(
  new UploadServerCertificateCommand({ ...upload, ServerCertificateName: "bad", CertificateBody: pem(chain) }),
  MalformedCertificateException,
  400,
);
await iam.send(new UpdateServerCertificateCommand({ ServerCertificateName: "js", NewServerCertificateName: "js-2" }));
const read = await iam.send(new GetServerCertificateCommand({ ServerCertificateName: "js-2" }));
assert.equal(
  read.ServerCertificate.ServerCertificateMetadata.ServerCertificateId,
  ServerCertificateMetadata.ServerCertificateId,
);
assert.equal(read.ServerCertificate.CertificateBody, pem(certificate).trim());
await iam.send(new DeleteServerCertificateCommand({ ServerCertificateName: "js-2" }));
for (const name of names) await iam.send(new DeleteUserCommand({ UserName: name }));
console.log("done");
