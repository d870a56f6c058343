// The JavaScript SDK v3: a classic load balancer with a secure listener from creation to deletion, and its errors.
import assert from "node:assert/strict";
import {
  AccessPointNotFoundException,
  AddTagsCommand,
  CertificateNotFoundException,
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  CreateLoadBalancerListenersCommand,
  CreateLoadBalancerPolicyCommand,
  DeleteLoadBalancerCommand,
  DeleteLoadBalancerListenersCommand,
  DeregisterInstancesFromLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DuplicateAccessPointNameException,
  DuplicateListenerException,
  DuplicatePolicyNameException,
  ElasticLoadBalancingClient,
  InvalidConfigurationRequestException,
  InvalidEndPointException,
  ListenerNotFoundException,
  PolicyNotFoundException,
  RegisterInstancesWithLoadBalancerCommand,
  SetLoadBalancerListenerSSLCertificateCommand,
  SetLoadBalancerPoliciesOfListenerCommand,
  paginateDescribeLoadBalancers,
  waitUntilAnyInstanceInService,
  waitUntilInstanceDeregistered,
  waitUntilInstanceInService,
} from "@aws-sdk/client-elastic-load-balancing";
import { refusing } from "./refusals.mjs";

const [endpoint, first, second, instance, port] = process.argv.slice(2);
const elb = new ElasticLoadBalancingClient({ endpoint, region: "us-east-1", maxAttempts: 1 });
const refused = refusing(elb);
const named = { LoadBalancerName: "js" };
const waiting = { client: elb, maxWaitTime: 100, minDelay: 1, maxDelay: 1 };
const secure = {
  Protocol: "https",
  LoadBalancerPort: 443,
  InstanceProtocol: "HTTP",
  InstancePort: Number(port),
  SSLCertificateId: first,
};
const described = async () => {
  const { LoadBalancerDescriptions } = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: ["js"] }));
  return LoadBalancerDescriptions[0];
};

// Creation: again with the same settings is no error, with others it is.
const create = { ...named, Listeners: [secure], AvailabilityZones: ["us-east-1a"], Tags: [{ Key: "a", Value: "é" }] };
const { DNSName } = await elb.send(new CreateLoadBalancerCommand(create));
assert.match(DNSName, /^js-\d{10}\.us-east-1\.elb\./);
assert.equal((await elb.send(new CreateLoadBalancerCommand(create))).DNSName, DNSName);
const other = { ...create, Scheme: "internal" };
await refused(new CreateLoadBalancerCommand(other), DuplicateAccessPointNameException, 400);
const unknown = { ...create, LoadBalancerName: "js-2", Listeners: [{ ...secure, SSLCertificateId: `${first}-gone` }] };
await refused(new CreateLoadBalancerCommand(unknown), CertificateNotFoundException, 400, /^Server Certificate not found/);

// What was made
const made = await described();
assert.ok(made.CreatedTime instanceof Date);
assert.deepEqual(
  made.ListenerDescriptions.map(({ Listener }) => [Listener.Protocol, Listener.LoadBalancerPort, Listener.SSLCertificateId]),
  [["HTTPS", 443, first]],
);
const { TagDescriptions } = await elb.send(new DescribeTagsCommand({ LoadBalancerNames: ["js"] }));
assert.deepEqual(TagDescriptions[0].Tags, [{ Key: "a", Value: "é" }]);
await elb.send(new AddTagsCommand({ LoadBalancerNames: ["js"], Tags: [{ Key: "b", Value: "c" }] }));
const pages = [];
for await (const page of paginateDescribeLoadBalancers({ client: elb, pageSize: 1 }, {})) pages.push(page);
assert.ok(pages.some((page) => page.LoadBalancerDescriptions.some((one) => one.DNSName === DNSName)));

// Instances, their health, and the three waiters
const health = { Target: `HTTP:${port}/`, Interval: 5, Timeout: 2, UnhealthyThreshold: 2, HealthyThreshold: 2 };
await elb.send(new ConfigureHealthCheckCommand({ ...named, HealthCheck: health }));
const instances = { ...named, Instances: [{ InstanceId: instance }] };
await refused(
  new RegisterInstancesWithLoadBalancerCommand({ ...named, Instances: [{ InstanceId: "i-gone" }] }),
  InvalidEndPointException,
  400,
);
await elb.send(new RegisterInstancesWithLoadBalancerCommand(instances));
assert.equal((await waitUntilInstanceInService(waiting, instances)).state, "SUCCESS");
assert.equal((await waitUntilAnyInstanceInService(waiting, named)).state, "SUCCESS");
const { InstanceStates } = await elb.send(new DescribeInstanceHealthCommand(named));
assert.deepEqual(InstanceStates.map((one) => one.State), ["InService"]);
await elb.send(new DeregisterInstancesFromLoadBalancerCommand(instances));
assert.equal((await waitUntilInstanceDeregistered(waiting, instances)).state, "SUCCESS");

// Another certificate, another listener
const swap = { ...named, LoadBalancerPort: 443, SSLCertificateId: second };
await elb.send(new SetLoadBalancerListenerSSLCertificateCommand(swap));
assert.equal((await described()).ListenerDescriptions[0].Listener.SSLCertificateId, second);
await refused(
  new SetLoadBalancerListenerSSLCertificateCommand({ ...swap, LoadBalancerPort: 444 }),
  ListenerNotFoundException,
  400,
);
const plain = { Protocol: "TCP", LoadBalancerPort: 25, InstancePort: 2525 };
await elb.send(new CreateLoadBalancerListenersCommand({ ...named, Listeners: [plain] }));
await refused(
  new CreateLoadBalancerListenersCommand({ ...named, Listeners: [{ ...plain, InstancePort: 26 }] }),
  DuplicateListenerException,
  400,
);
await elb.send(new DeleteLoadBalancerListenersCommand({ ...named, LoadBalancerPorts: [25] }));

// Policies
const reference = { AttributeName: "Reference-Security-Policy", AttributeValue: "ELBSecurityPolicy-TLS-1-2-2017-01" };
const policy = { ...named, PolicyName: "tls", PolicyTypeName: "SSLNegotiationPolicyType", PolicyAttributes: [reference] };
await elb.send(new CreateLoadBalancerPolicyCommand(policy));
await refused(new CreateLoadBalancerPolicyCommand(policy), DuplicatePolicyNameException, 400);
const force = { ...named, LoadBalancerPort: 443, PolicyNames: ["tls"] };
await elb.send(new SetLoadBalancerPoliciesOfListenerCommand(force));
await refused(
  new SetLoadBalancerPoliciesOfListenerCommand({ ...force, PolicyNames: ["none"] }),
  PolicyNotFoundException,
  400,
);
await refused(
  new CreateLoadBalancerListenersCommand({ ...named, Listeners: [{ ...plain, InstanceProtocol: "HTTP" }] }),
  InvalidConfigurationRequestException,
  409,
);

// The end: gone, and gone again is no error.
await elb.send(new DeleteLoadBalancerCommand(named));
await elb.send(new DeleteLoadBalancerCommand(named));
await refused(
  new DescribeLoadBalancersCommand({ LoadBalancerNames: ["js"] }),
  AccessPointNotFoundException,
  400,
  /^There is no ACTIVE Load Balancer named 'js'/,
);
console.log("done");
