"""Why the directory says no. The codes are those of the HTTP answers.

Refused
├── NothingHere   NoSuchInvite   NoSuchMember   NoSuchSignIn     not_found
├── InviteRevoked   InviteExpired   InviteUsedUp   LastDm        conflict
├── CampaignFull   TooManyInvites                                conflict
├── TooManyCampaigns   TooManyCampaignsToday   TooManySignIns    conflict
├── NameRequired                                                 bad_request
├── SignInEnded                                                  not_signed_in
├── NotADm                                                       forbidden
└── TooManyByLink                                                too_many_tries
"""

from __future__ import annotations

from domain.refusals import Refused


class NothingHere(Refused):
    """No such address or campaign, or a campaign of others: all the same, so that ids can't be probed."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing here, or nothing for you")


class NoSuchInvite(Refused):
    code = "not_found"

    def __init__(self) -> None:
        super().__init__("No such invite: check that the link was copied whole")


class NoSuchMember(Refused):
    code = "not_found"

    def __init__(self) -> None:
        super().__init__("No such member in this campaign")


class NoSuchSignIn(Refused):
    code = "not_found"

    def __init__(self) -> None:
        super().__init__("No such sign-in of yours: it may have ended already")


class InviteRevoked(Refused):
    code = "conflict"

    def __init__(self) -> None:
        super().__init__("This invite was revoked: ask the DM for a new one")


class InviteExpired(Refused):
    code = "conflict"

    def __init__(self) -> None:
        super().__init__("This invite has expired: ask the DM for a new one")


class InviteUsedUp(Refused):
    code = "conflict"

    def __init__(self) -> None:
        super().__init__("This invite is used up: ask the DM for a new one")


class LastDm(Refused):
    code = "conflict"

    def __init__(self) -> None:
        super().__init__("A campaign needs a DM: make somebody else DM first")


class CampaignFull(Refused):
    code = "conflict"

    def __init__(self, most: int) -> None:
        super().__init__(f"This campaign is full: it may have {most} members. A DM can remove some")


class TooManyInvites(Refused):
    code = "conflict"

    def __init__(self, most: int) -> None:
        super().__init__(f"This campaign may have {most} open invites: revoke some first")


class TooManyCampaigns(Refused):
    code = "conflict"

    def __init__(self, most: int) -> None:
        super().__init__(f"You lead {most} campaigns, which is the most: close one of them first")


class TooManyCampaignsToday(Refused):
    code = "conflict"

    def __init__(self, most: int) -> None:
        super().__init__(f"You made {most} campaigns today, which is the most: make another one tomorrow")


class TooManySignIns(Refused):
    code = "conflict"

    def __init__(self, most: int) -> None:
        super().__init__(f"You are signed in on {most} devices, which is the most: sign out on one of them first")


class NameRequired(Refused):
    code = "bad_request"

    def __init__(self) -> None:
        super().__init__("name: Field required, since you are not signed in")


class SignInEnded(Refused):
    code = "not_signed_in"

    def __init__(self) -> None:
        super().__init__("This sign-in has ended: sign in again")


class NotADm(Refused):
    code = "forbidden"

    def __init__(self) -> None:
        super().__init__("Only a DM of the campaign may do this")


class TooManyByLink(Refused):
    """`seconds` until the link lets in the next one."""

    code = "too_many_tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many people are coming in by this link: wait {seconds} s")
        self.seconds = seconds
