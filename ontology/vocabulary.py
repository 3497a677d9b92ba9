"""The terms of the ontology that the code uses, each written once.

Every value here is the notation of a SKOS concept in ``zhike.ttl``; a test compares the two lists, so a term
cannot exist in code alone.
"""

from enum import StrEnum


class KnowledgeKind(StrEnum):
    """What a statement about a customer is: told to us, observed, or inferred."""

    INFORMATION = "information"
    OPERATIONAL = "operational"
    HIDDEN = "hidden"


class PatternKind(StrEnum):
    """The shape of a mined or told pattern; the ontology says which kind of knowledge it yields."""

    ASSOCIATION = "association"
    SEGMENT = "segment"
    CHURN_MODEL = "churn_model"
    CHURN_FACTOR = "churn_factor"
    CHURN_RULE = "churn_rule"
    RESPONSE_MODEL = "response_model"
    RESPONSE_RULE = "response_rule"
    SPEND_FORECAST = "spend_forecast"
    OFFER = "offer"
    REPEAT_OFFER = "repeat_offer"
    BELIEF = "belief"
    NOTE = "note"


class KnowledgeStatus(StrEnum):
    """Where a knowledge item stands in its life."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"
    RETIRED = "retired"


class Standing(StrEnum):
    """What the data says of a statement: it holds, is contradicted, could go either way, or nobody could test it."""

    HOLDS = "holds"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    UNTESTED = "untested"


class MeasurementVerdict(StrEnum):
    """What one run says of knowledge: found again, found weaker, refused on what it measured, or not found."""

    CONFIRMED = "confirmed"
    WEAKER = "weaker"
    FAILED = "failed"
    NOT_FOUND = "not_found"


class Channel(StrEnum):
    """A way to reach a customer, or to be reached."""

    PHONE = "phone"
    STORE = "store"
    WEB = "web"
    APP = "app"
    EMAIL = "email"
    SMS = "sms"
    MAIL = "mail"
    WECHAT = "wechat"


class InteractionKind(StrEnum):
    """What one contact was about, in either direction."""

    VISIT = "visit"
    VIEW = "view"
    SEARCH = "search"
    SHARE = "share"
    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    FAULT = "fault"
    REPAIR = "repair"
    SURVEY = "survey"
    QUOTE = "quote"
    CONTRACT = "contract"
    PAYMENT = "payment"
    FOLLOW_UP = "follow_up"
    REFERRAL = "referral"
    SUGGESTION = "suggestion"


class OrderStatus(StrEnum):
    """How far an order has come: on its way, with the customer, or never to come."""

    PLACED = "placed"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ActionFamily(StrEnum):
    """What an action is for; contact policy and arbitration speak of families."""

    CROSS_SELL = "cross_sell"
    RETENTION = "retention"
    SERVICE_RECOVERY = "service_recovery"
    WIN_BACK = "win_back"
    CARE = "care"
    CAMPAIGN = "campaign"
    GREETING = "greeting"
    SURVEY = "survey"
    FALLBACK = "fallback"


class Purpose(StrEnum):
    """Why a customer is addressed: unknown consent permits service, never outbound marketing."""

    SERVICE = "service"
    MARKETING = "marketing"


class ChurnKind(StrEnum):
    """How a leaver left; content and discontented need evidence of attitude."""

    CONTENT = "content"
    DISCONTENTED = "discontented"
    UNKNOWN = "unknown"


class OutcomeKind(StrEnum):
    """What came of a recommended action."""

    SHOWN = "shown"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IGNORED = "ignored"
    CONVERTED = "converted"


class DecisionStatus(StrEnum):
    """What kind of answer a decision is."""

    RECOMMENDED = "recommended"
    FALLBACK = "fallback"
    NO_ACTION = "no_action"


class FigureSource(StrEnum):
    """Whose figure a propensity or a value is: a model's, measured, or assumed before anything was measured."""

    MODEL = "model"
    MEASURED = "measured"
    PRIOR = "prior"


class Level(StrEnum):
    """What a rule guards: may it be offered, does it apply now, is it in the customer's interest."""

    ELIGIBILITY = "eligibility"
    APPLICABILITY = "applicability"
    SUITABILITY = "suitability"


class FactName(StrEnum):
    """The fact types that rules may test; ``customer`` is single, the others are related rows."""

    CUSTOMER = "customer"
    PURCHASE = "purchase"
    INTERACTION = "interaction"
    CONTACT = "contact"
    SUBSCRIPTION = "subscription"
    RELATION = "relation"
    KNOWLEDGE = "knowledge"
    MOMENT = "moment"


class Signal(StrEnum):
    """What one row of the ``moment`` fact says of the request that is being answered."""

    CHANNEL = "channel"
    CART = "cart"
    SEARCH = "search"
    PAGE = "page"
    HOUR = "hour"
    WEEKDAY = "weekday"


class Role(StrEnum):
    """Who holds a key: an agent decides and records, a manager curates, a system calls."""

    AGENT = "agent"
    MANAGER = "manager"
    SYSTEM = "system"


class IndicatorGroup(StrEnum):
    """The four classic groups of indicators, independent of the kinds of knowledge; ``other`` is none of them."""

    DEMOGRAPHIC = "demographic"
    BEHAVIOUR = "behaviour"
    PAST_VALUE = "past_value"
    CURRENT_VALUE = "current_value"
    OTHER = "other"


class ContactSource(StrEnum):
    """Where a contact came from: a campaign of the data, or one of our own recommendations."""

    CAMPAIGN = "campaign"
    RECOMMENDATION = "recommendation"


class Gender(StrEnum):
    """As the customer told it; a mapping translates the words of its source into these."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class EndedBy(StrEnum):
    """Who ended a subscription; ended by the company is not churn."""

    CUSTOMER = "customer"
    COMPANY = "company"


class RelationKind(StrEnum):
    """How one customer knows another."""

    REFERRAL = "referral"
    HOUSEHOLD = "household"
    SOCIAL = "social"


class Direction(StrEnum):
    """Whether a relation starts at this customer or ends there."""

    FROM = "from"
    TO = "to"


class PopulationLevel(StrEnum):
    """What a population counts."""

    ORDER = "order"
    CUSTOMER = "customer"
    CONTACT = "contact"
    SUBSCRIPTION = "subscription"


class Unit(StrEnum):
    """The unit of a number; attributes that a mapping declares may have others."""

    YEARS = "years"
    DAYS = "days"
    SECONDS = "seconds"
    EPOCH_SECONDS = "epoch_seconds"
    COUNT = "count"
    CURRENCY = "currency"
    SHARE = "share"
    RATIO = "ratio"
    CHANGE = "change"
    SCORE = "score"
    WEEKDAY = "weekday"
    HOUR = "hour"
