// The JavaScript SDK v3: import, describe, list, tag, import again and delete a certificate, and the classes of errors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListTagsForCertificateCommand,
  ResourceNotFoundException,
  ValidationException,
  paginateListCertificates,
} from "@aws-sdk/client-acm";
import { refusing } from "./refusals.mjs";

const [endpoint, certificate, privateKey, chain] = process.argv.slice(2);
const acm = new ACMClient({ endpoint, region: "us-east-1", maxAttempts: 1 });
const refused = refusing(acm);
const material = {
  Certificate: readFileSync(certificate),
  PrivateKey: readFileSync(privateKey),
  CertificateChain: readFileSync(chain),
};

const { CertificateArn } = await acm.send(
  new ImportCertificateCommand({ ...material, Tags: [{ Key: "team", Value: "web" }] }),
);
const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }));
assert.deepEqual([Certificate.Status, Certificate.Type], ["ISSUED", "IMPORTED"]);
assert.ok(Certificate.NotAfter instanceof Date);
assert.ok(Certificate.NotAfter > Certificate.NotBefore);
assert.deepEqual(Certificate.InUseBy, []);
const text = await acm.send(new GetCertificateCommand({ CertificateArn }));
assert.equal(text.Certificate, readFileSync(certificate, "utf8").trim());

const arns = [];
const includes = { keyTypes: ["RSA_1024", "RSA_2048", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"] };
for await (const page of paginateListCertificates({ client: acm, pageSize: 1 }, { Includes: includes })) {
  arns.push(...page.CertificateSummaryList.map((one) => one.CertificateArn));
}
assert.ok(arns.includes(CertificateArn));

await acm.send(new AddTagsToCertificateCommand({ CertificateArn, Tags: [{ Key: "stage", Value: "grün" }] }));
const { Tags } = await acm.send(new ListTagsForCertificateCommand({ CertificateArn }));
assert.deepEqual(Object.fromEntries(Tags.map((tag) => [tag.Key, tag.Value])), { team: "web", stage: "grün" });

const again = await acm.send(new ImportCertificateCommand({ ...material, CertificateArn }));
assert.equal(again.CertificateArn, CertificateArn);
await refused(
  new ImportCertificateCommand({ ...material, PrivateKey: Buffer.from("no key") }),
  ValidationException,
  400,
);
await acm.send(new DeleteCertificateCommand({ CertificateArn }));
await refused(new DescribeCertificateCommand({ CertificateArn }), ResourceNotFoundException, 400, /Could not find/);
await refused(new DeleteCertificateCommand({ CertificateArn }), ResourceNotFoundException, 400);
console.log("done");
