"""The people, what they may do, and the links that let them in, with all SQL on their tables."""

from transport.accounts.authority import OPERATOR, Actor
from transport.accounts.campaigns import Campaign, CampaignOf, Campaigns
from transport.accounts.growth import Growth
from transport.accounts.invites import Invite, Invites, NewInvite
from transport.accounts.people import People, Person, SignUp
from transport.accounts.redeeming import Redeemed, Redeeming
from transport.accounts.sign_ins import SignIns
from transport.settings import Bounds


class Directory(People, SignIns, Campaigns, Invites, Redeeming, Growth):
    """Each call is one transaction and may raise domain.store.StoreUnavailable."""


__all__ = [
    "OPERATOR",
    "Actor",
    "Bounds",
    "Campaign",
    "CampaignOf",
    "Directory",
    "Invite",
    "NewInvite",
    "Person",
    "Redeemed",
    "SignUp",
]
