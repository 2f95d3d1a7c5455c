import pytest

from app.checks.refusals import is_refusal


@pytest.mark.parametrize(
    "answer",
    [
        "I don't know.",
        "I do not know the answer to this question.",
        "I'm sorry, but I cannot answer this question based on the provided sources.",
        "The provided documents do not mention the opening hours.",
        "The sources do not contain any information about this.",
        "There is no information about parking in the documents.",
        "Based on the sources, I cannot determine the price.",
        "Based on the provided context, there is no mention of vinyl.",
        "Unfortunately, the sources don't specify this. Please contact the shop.",
        "None of the sources mention refunds.",
        "I could not find any information about that.",
        "I'm not sure.",
        "Your documents do not say anything about this.",
        "The context does not provide enough information to answer.",
        "No information is given about this.",
        "I am unable to answer this.",
        "It is not mentioned in the documents.",
        "The answer is not stated in the sources.",
        "Sorry, I don't have enough information to answer that.",
        "我不知道。",
        "抱歉，我不知道这个问题的答案。",
        "很抱歉，资料中没有提到这一点。",
        "根据提供的资料，无法确定价格。",
        "文档中没有相关信息。",
        "您的文档中没有提到这一点。",
        "所给资料未提及退货运费。",
        "资料没有说明这个问题。",
        "根据现有资料无法回答这个问题。",
        "抱歉，我无法从资料中找到答案。建议您咨询客服。",
        "提供的文档中未找到与分期付款有关的内容。",
        "没有找到相关信息。",
        "上下文中没有足够的信息来回答这个问题。",
        "目前资料里并没有提到这一点。",
        "对不起，我没有找到答案。",
        "知识库中没有关于分期付款的内容。",
        "该资料没有提供相关信息。",
        "以上资料均未提及。",
        "抱歉，没有相关内容。",
    ],
)
def test_not_knowing_is_a_refusal_in_whatever_words(answer: str) -> None:
    assert is_refusal(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Guests who do not know the code ask at the desk.",
        "The contract does not specify a notice period.",
        "Cakes are not mentioned on the menu after 14:00.",
        "You cannot return signed copies.",
        "The library has no parking.",
        "The documents must be returned within 30 days.",
        "I found that the fee is 30 yuan.",
        "There are no refunds for gift cards.",
        "No. Dogs may not go upstairs.",
        "Information about prices stands on page 3.",
        "没有小票时，可以用会员手机号查询。",
        "签名本不能退。",
        "员工不知道密码时应联系信息技术部。",
        "不能。",
        "没有休完的年假可以顺延。",
        "资料须在 30 天内提交。",
        "没有。",
        "我们没有分店。",
        "文件不能带出办公室。",
        "信息不会提供给第三方。",
        "未能调休的，随次月工资支付加班费。",
        "没通过笔试的，下周一可以补考一次。",
        "没有提前申请的加班不计。",
        "The sources do not mention vinyl. The shop sells postcards for 20 yuan.",
    ],
)
def test_answer_that_denies_something_is_no_refusal(answer: str) -> None:
    assert not is_refusal(answer)
