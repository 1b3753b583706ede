import pytest

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
SAY = [{"role": "user", "content": "Say hello"}]


async def test_it_answers_the_official_client(connect, alice_key):
    async with connect(alice_key) as client:
        answer = await client.chat.completions.create(model="extractive", messages=SAY)
    assert answer.choices[0].message.content == "Hello from here"
