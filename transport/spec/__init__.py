"""What the server speaks, for machines: an AsyncAPI document of the WebSocket and an OpenAPI document of the HTTP calls.

Both are made from the models, the routes and the settings that the server itself runs on. `asyncapi.describe` and
`openapi.describe` are the way in; docs/descriptions.md says what the documents are for.
"""
