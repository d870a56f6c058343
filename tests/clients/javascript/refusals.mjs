// What every story asserts of a refusal: the class of the error, its name, the status and the request id.
import assert from "node:assert/strict";

export const refusing = (client) => async (command, kind, status, words) => {
  const error = await client.send(command).then(
    () => assert.fail("it was accepted"),
    (refusal) => refusal,
  );
  assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
  assert.equal(error.name, kind.name);
  assert.equal(error.$metadata.httpStatusCode, status);
  assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
  if (words) assert.match(error.message, words);
  return error;
};
