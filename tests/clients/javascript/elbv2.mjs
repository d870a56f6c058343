// The JavaScript SDK v3: an application load balancer with certificates and rules, from creation to deletion.
import assert from "node:assert/strict";
import {
  AddListenerCertificatesCommand,
  CertificateNotFoundException,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeSSLPoliciesCommand,
  DescribeTagsCommand,
  DescribeTargetHealthCommand,
  DuplicateLoadBalancerNameException,
  ElasticLoadBalancingV2Client,
  ListenerNotFoundException,
  LoadBalancerNotFoundException,
  ModifyListenerCommand,
  ModifyTargetGroupAttributesCommand,
  OperationNotPermittedException,
  PriorityInUseException,
  RegisterTargetsCommand,
  RemoveListenerCertificatesCommand,
  ResourceInUseException,
  SSLPolicyNotFoundException,
  TargetGroupNotFoundException,
  paginateDescribeListenerCertificates,
  waitUntilLoadBalancerAvailable,
  waitUntilLoadBalancerExists,
  waitUntilLoadBalancersDeleted,
  waitUntilTargetDeregistered,
  waitUntilTargetInService,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { refusing } from "./refusals.mjs";

const [endpoint, first, second, instance, port] = process.argv.slice(2);
const elbv2 = new ElasticLoadBalancingV2Client({ endpoint, region: "us-east-1", maxAttempts: 1 });
const refused = refusing(elbv2);
const waiting = { client: elbv2, maxWaitTime: 100, minDelay: 1, maxDelay: 1 };
const team = [{ Key: "team", Value: "grün" }];

// Load balancer and target group
const create = { Name: "js", Subnets: ["subnet-1", "subnet-2"], Tags: team };
const { LoadBalancers } = await elbv2.send(new CreateLoadBalancerCommand(create));
const { LoadBalancerArn } = LoadBalancers[0];
assert.ok(LoadBalancers[0].CreatedTime instanceof Date);
const named = { LoadBalancerArns: [LoadBalancerArn] };
await waitUntilLoadBalancerExists(waiting, named);
assert.equal((await waitUntilLoadBalancerAvailable(waiting, named)).state, "SUCCESS");
const other = { ...create, Scheme: "internal" };
await refused(new CreateLoadBalancerCommand(other), DuplicateLoadBalancerNameException, 400);
const group = {
  Name: "js",
  Protocol: "HTTP",
  Port: Number(port),
  VpcId: "vpc-0",
  HealthCheckIntervalSeconds: 5,
  HealthCheckTimeoutSeconds: 2,
  HealthyThresholdCount: 2,
};
const { TargetGroups } = await elbv2.send(new CreateTargetGroupCommand(group));
const { TargetGroupArn } = TargetGroups[0];

// A listener by the ARN of a certificate
const forward = [{ Type: "forward", TargetGroupArn }];
const listener = { LoadBalancerArn, Protocol: "HTTPS", Port: 443, DefaultActions: forward };
const certificates = [{ CertificateArn: first }];
await refused(
  new CreateListenerCommand({ ...listener, Certificates: [{ CertificateArn: `${first}-gone` }] }),
  CertificateNotFoundException,
  400,
);
await refused(
  new CreateListenerCommand({ ...listener, Certificates: certificates, SslPolicy: "none" }),
  SSLPolicyNotFoundException,
  400,
);
const { Listeners } = await elbv2.send(new CreateListenerCommand({ ...listener, Certificates: certificates, Tags: team }));
const { ListenerArn, SslPolicy } = Listeners[0];
assert.equal(SslPolicy, "ELBSecurityPolicy-2016-08");
const { TagDescriptions } = await elbv2.send(new DescribeTagsCommand({ ResourceArns: [LoadBalancerArn, ListenerArn] }));
assert.deepEqual(TagDescriptions.map((one) => one.Tags), [team, team]);

// Certificates by name, and another default one
const more = { ListenerArn, Certificates: [{ CertificateArn: second }] };
const listed = async () => {
  const found = [];
  for await (const page of paginateDescribeListenerCertificates({ client: elbv2 }, { ListenerArn })) {
    found.push(...page.Certificates.map((one) => [one.CertificateArn, one.IsDefault]));
  }
  return found;
};
await elbv2.send(new AddListenerCertificatesCommand(more));
assert.deepEqual(await listed(), [[first, true], [second, false]]);
await refused(
  new RemoveListenerCertificatesCommand({ ListenerArn, Certificates: certificates }),
  OperationNotPermittedException,
  400,
);
await elbv2.send(new RemoveListenerCertificatesCommand(more));
const policy = "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07";
await elbv2.send(new ModifyListenerCommand({ ...more, SslPolicy: policy }));
assert.deepEqual(await listed(), [[second, true]]);
const told = await elbv2.send(new DescribeListenersCommand({ LoadBalancerArn }));
assert.deepEqual(told.Listeners.map((one) => [one.SslPolicy, one.Certificates]), [[policy, [{ CertificateArn: second }]]]);
const policies = [];
for (let Marker; Marker !== null; ) {
  const page = await elbv2.send(new DescribeSSLPoliciesCommand({ PageSize: 10, Marker }));
  assert.ok(page.SslPolicies.length <= 10);
  policies.push(...page.SslPolicies.map((one) => one.Name));
  Marker = page.NextMarker ?? null;
}
assert.equal(new Set(policies).size, policies.length);
assert.ok(policies.includes(policy));

// Rules
const rule = {
  ListenerArn,
  Priority: 10,
  Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/static/*"] } }],
  Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200", MessageBody: "é" } }],
};
const { Rules } = await elbv2.send(new CreateRuleCommand({ ...rule, Tags: team }));
await refused(new CreateRuleCommand(rule), PriorityInUseException, 400);
const there = await elbv2.send(new DescribeRulesCommand({ ListenerArn }));
assert.deepEqual(there.Rules.map((one) => [one.Priority, one.IsDefault]), [["10", false], ["default", true]]);
await elbv2.send(new DeleteRuleCommand({ RuleArn: Rules[0].RuleArn }));

// Targets and their waiters
const targets = { TargetGroupArn, Targets: [{ Id: instance }] };
await elbv2.send(new RegisterTargetsCommand(targets));
assert.equal((await waitUntilTargetInService(waiting, targets)).state, "SUCCESS");
const { TargetHealthDescriptions } = await elbv2.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
assert.deepEqual(TargetHealthDescriptions.map((one) => one.TargetHealth.State), ["healthy"]);
const delay = { Key: "deregistration_delay.timeout_seconds", Value: "1" };
await elbv2.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [delay] }));
await elbv2.send(new DeregisterTargetsCommand(targets));
assert.equal((await waitUntilTargetDeregistered(waiting, targets)).state, "SUCCESS");

// The end
await refused(new DeleteTargetGroupCommand({ TargetGroupArn }), ResourceInUseException, 400);
await elbv2.send(new DeleteListenerCommand({ ListenerArn }));
await refused(new DeleteListenerCommand({ ListenerArn }), ListenerNotFoundException, 400, /^One or more listeners not found/);
await elbv2.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
assert.equal((await waitUntilLoadBalancersDeleted(waiting, named)).state, "SUCCESS");
await refused(new DescribeLoadBalancersCommand(named), LoadBalancerNotFoundException, 400);
await elbv2.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
await refused(new DescribeTargetHealthCommand({ TargetGroupArn }), TargetGroupNotFoundException, 400);
console.log("done");
