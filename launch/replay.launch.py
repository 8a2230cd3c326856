"""The policy node and a robot that replays recorded episodes as topics. docs/launch.md describes the arguments."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def node(context):
    def value(name):
        return LaunchConfiguration(name).perform(context)

    arguments = ['run', '--robot=replay', '--transport=' + value('transport'), '--dataset.root=' + value('dataset_root')]
    arguments += ['--' + name + '=' + value(name) for name in ['episode', 'report'] if value(name)]
    # What was not given is left to params_file, and to the node's own defaults after that.
    parameters = {name: value(name) for name in ['policy_path', 'normalization'] if value(name)}
    if value('shadow'):
        parameters['shadow'] = value('shadow').lower() == 'true'
    return [Node(
        package='flowmatching',
        executable='flowmatching',
        name='flowmatching',
        namespace=value('namespace'),
        arguments=arguments,
        parameters=[file for file in [value('params_file')] if file] + [parameters],
        output='screen',
        on_exit=Shutdown(),
    )]


def generate_launch_description():
    return LaunchDescription([
        DeclareLaunchArgument(
            'dataset_root',
            description='What is replayed: directory of a LeRobotDataset (v3.0 or v2.1).'),
        DeclareLaunchArgument(
            'policy_path', default_value='',
            description='Directory of the checkpoint, or its name on the hub.'),
        DeclareLaunchArgument(
            'episode', default_value='',
            description='Episode to replay. Not given: all, one after the other.'),
        DeclareLaunchArgument(
            'report', default_value='',
            description='Where to write an HTML report. Not given: nowhere.'),
        DeclareLaunchArgument(
            'transport', default_value='auto', choices=['auto', 'rcl', 'rcljava', 'dds', 'embedded'],
            description="Between node and robot: rcl is ROS itself, rcljava a node of the workspace's rcljava, dds needs no ROS, auto takes rcl; embedded: no other node sees them."),
        DeclareLaunchArgument(
            'namespace', default_value='',
            description='Namespace of the node and the robot.'),
        DeclareLaunchArgument(
            'params_file', default_value='',
            description='Parameters of the node (docs/parameters.md). Arguments of this file override it.'),
        DeclareLaunchArgument(
            'normalization', default_value='', choices=['', 'checkpoint', 'none'],
            description='none: feed the network raw values, for a policy without statistics. Not given: as params_file says, else checkpoint.'),
        DeclareLaunchArgument(
            'shadow', default_value='', choices=['', 'true', 'false', 'True', 'False'],
            description='Do everything but publish commands. Not given: as params_file says, else false.'),
        OpaqueFunction(function=node),
    ])
